# What it is told is what it does.

mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "kubernetes" {
  source = "./tests/mocks"
}

mock_provider "helm" {}

run "takes_what_it_is_told" {
  variables {
    name                 = "hits"
    vpc_cidr             = "172.20.0.0/18"
    availability_zones   = ["eu-test-1d", "eu-test-1b", "eu-test-1c"]
    nat_gateway_per_zone = true
    kubernetes_version   = "1.34"
    public_api           = false
    admin_arns           = ["arn:aws:iam::111122223333:role/platform"]
    log_retention_days   = 7
    volume_kms_key_arn   = "arn:aws:kms:eu-test-1:111122223333:key/1234"
    hitcounter_version   = "1.1.0"
  }

  assert {
    condition = { for zone, subnet in aws_subnet.private : zone => subnet.cidr_block } == {
      "eu-test-1b" = "172.20.4.0/22"
      "eu-test-1c" = "172.20.8.0/22"
      "eu-test-1d" = "172.20.0.0/22"
    }
    error_message = "the zones that are named, in that order"
  }
  assert {
    condition     = alltrue([for zone, route in aws_route.nat : route.nat_gateway_id == aws_nat_gateway.this[zone].id]) && length(aws_nat_gateway.this) == 3
    error_message = "each zone has its own NAT gateway"
  }
  assert {
    condition     = aws_eks_cluster.this.name == "hits" && aws_eks_cluster.this.version == "1.34" && !aws_eks_cluster.this.vpc_config[0].endpoint_public_access && aws_eks_cluster.this.vpc_config[0].endpoint_private_access
    error_message = "name, version, and an API that is reached from inside alone"
  }
  assert {
    condition     = keys(aws_eks_access_entry.admin) == ["arn:aws:iam::111122223333:role/platform"] && [for a in aws_eks_access_policy_association.admin : [a.policy_arn, a.access_scope[0].type]] == [["arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", "cluster"]]
    error_message = "who else administers it"
  }
  assert {
    condition     = kubernetes_storage_class_v1.encrypted.parameters["kmsKeyId"] == "arn:aws:kms:eu-test-1:111122223333:key/1234"
    error_message = "the volumes' own key"
  }
  assert {
    condition = jsondecode(aws_iam_role_policy.volume_key[0].policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
          Resource = "arn:aws:kms:eu-test-1:111122223333:key/1234"
        },
        {
          Effect    = "Allow"
          Action    = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]
          Resource  = "arn:aws:kms:eu-test-1:111122223333:key/1234"
          Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
        },
      ]
    }
    error_message = "the rights on that key, and on no other"
  }
  assert {
    condition     = module.hitcounter.hitcounter_version == "1.1.0" && module.hitcounter.service == "proxy"
    error_message = "the HitCounter"
  }
}
