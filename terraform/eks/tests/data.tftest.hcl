# The data, and the way to them: encryption, volumes, the load balancer.

mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "kubernetes" {
  source = "./tests/mocks"
}

mock_provider "helm" {}

run "encrypts_what_is_kept_and_balances_what_comes" {
  assert {
    condition     = aws_kms_key.cluster.enable_key_rotation && aws_kms_key.cluster.deletion_window_in_days == 30
    error_message = "the key rotates, and there are 30 days to think better of its deletion"
  }
  assert {
    condition = jsondecode(aws_kms_key.cluster.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "Account"
          Effect    = "Allow"
          Principal = { AWS = "arn:aws:iam::111122223333:root" }
          Action    = "kms:*"
          Resource  = "*"
        },
        {
          Sid       = "Secrets"
          Effect    = "Allow"
          Principal = { AWS = "arn:aws:iam::111122223333:role/mocked" }
          Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"]
          Resource  = "*"
        },
        {
          Sid       = "Logs"
          Effect    = "Allow"
          Principal = { Service = "logs.eu-test-1.amazonaws.com" }
          Action    = ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
          Resource  = "*"
          Condition = { ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:eu-test-1:111122223333:log-group:/aws/eks/hitcounter/cluster" } }
        },
      ]
    }
    error_message = aws_kms_key.cluster.policy
  }
  assert {
    condition     = kubernetes_storage_class_v1.encrypted.parameters == tomap({ type = "gp3", encrypted = "true" })
    error_message = "the volumes outlive the cluster, so none of its keys is theirs"
  }
  assert {
    condition     = kubernetes_storage_class_v1.encrypted.storage_provisioner == "ebs.csi.eks.amazonaws.com" && kubernetes_storage_class_v1.encrypted.allow_volume_expansion && kubernetes_storage_class_v1.encrypted.volume_binding_mode == "WaitForFirstConsumer"
    error_message = "volumes of Auto Mode that can grow, in the zone of their pod"
  }
  assert {
    condition     = kubernetes_storage_class_v1.encrypted.metadata[0].annotations["storageclass.kubernetes.io/is-default-class"] == "true"
    error_message = "Auto Mode has no default class, so this is it"
  }
  assert {
    condition     = kubernetes_labels.hitcounter_namespace.metadata[0].name == "default" && kubernetes_labels.hitcounter_namespace.labels == tomap({ "eks.amazonaws.com/pod-readiness-gate-inject" = "enabled" })
    error_message = "the label that EKS looks for, and no more of the namespace"
  }
  assert {
    condition     = local.spec.proxy.drainSeconds >= 120 && local.spec.proxy.service.loadBalancerClass == "eks.amazonaws.com/nlb"
    error_message = "old proxies serve until the balancer has forgotten them"
  }
  assert {
    condition = local.spec.proxy.service.annotations == {
      "service.beta.kubernetes.io/aws-load-balancer-scheme"                  = "internet-facing"
      "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"         = "ip"
      "service.beta.kubernetes.io/aws-load-balancer-target-group-attributes" = "preserve_client_ip.enabled=true"
      "service.beta.kubernetes.io/aws-load-balancer-attributes"              = "load_balancing.cross_zone.enabled=true"
    }
    error_message = "a balancer that is reached from everywhere, keeps the client's address, and has no dead address"
  }
}
