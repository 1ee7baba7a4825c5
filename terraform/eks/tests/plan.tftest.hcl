# What is planned for AWS, held against the providers' schemas without an account.

mock_provider "helm" {}

mock_provider "kubernetes" {
  mock_data "kubernetes_all_namespaces" {
    defaults = { namespaces = ["default"] }
  }
}

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    # Not in order, and one more than are needed.
    defaults = { names = ["eu-test-1c", "eu-test-1a", "eu-test-1d", "eu-test-1b"] }
  }
  mock_data "aws_region" {
    defaults = { region = "eu-test-1" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_resource "aws_eks_cluster" {
    defaults = {
      endpoint              = "https://cluster.example"
      certificate_authority = [{ data = "Q0E=" }]
    }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/mocked" }
  }
}

run "spreads_the_network_over_three_zones" {
  command = plan

  assert {
    condition = { for zone, subnet in aws_subnet.private : zone => [subnet.availability_zone, subnet.cidr_block] } == {
      "eu-test-1a" = ["eu-test-1a", "10.0.0.0/20"]
      "eu-test-1b" = ["eu-test-1b", "10.0.16.0/20"]
      "eu-test-1c" = ["eu-test-1c", "10.0.32.0/20"]
    }
    error_message = "a private subnet in each of the first three zones"
  }
  assert {
    condition = { for zone, subnet in aws_subnet.public : zone => [subnet.availability_zone, subnet.cidr_block] } == {
      "eu-test-1a" = ["eu-test-1a", "10.0.48.0/24"]
      "eu-test-1b" = ["eu-test-1b", "10.0.49.0/24"]
      "eu-test-1c" = ["eu-test-1c", "10.0.50.0/24"]
    }
    error_message = "a public subnet in each, behind the private ones"
  }
  assert {
    condition     = alltrue([for subnet in aws_subnet.public : subnet.tags["kubernetes.io/role/elb"] == "1"]) && alltrue([for subnet in aws_subnet.private : subnet.tags["kubernetes.io/role/internal-elb"] == "1"])
    error_message = "EKS finds the subnets of load balancers by these tags"
  }
  assert {
    condition     = keys(aws_nat_gateway.this) == ["eu-test-1a"] && length(aws_route.nat) == 3
    error_message = "one NAT gateway, for all three zones"
  }
  assert {
    condition     = aws_vpc.this.enable_dns_hostnames && aws_vpc.this.enable_dns_support
    error_message = "a private API needs the VPC's own DNS"
  }
}

run "makes_a_cluster_in_auto_mode" {
  assert {
    condition     = aws_eks_cluster.this.compute_config[0].enabled && aws_eks_cluster.this.kubernetes_network_config[0].elastic_load_balancing[0].enabled && aws_eks_cluster.this.storage_config[0].block_storage[0].enabled
    error_message = "Auto Mode is nodes, load balancers and volumes together"
  }
  assert {
    condition     = toset(aws_eks_cluster.this.compute_config[0].node_pools) == toset(["general-purpose", "system"]) && aws_eks_cluster.this.compute_config[0].node_role_arn == aws_iam_role.node.arn
    error_message = "both of EKS's node pools, with the nodes' role"
  }
  assert {
    condition     = aws_eks_cluster.this.bootstrap_self_managed_addons == false
    error_message = "add-ons of one's own would be beside those of Auto Mode"
  }
  assert {
    condition     = aws_eks_cluster.this.access_config[0].authentication_mode == "API"
    error_message = "access entries alone say who may do what"
  }
  assert {
    condition     = toset(aws_eks_cluster.this.vpc_config[0].subnet_ids) == toset([for subnet in aws_subnet.private : subnet.id])
    error_message = "nodes are in the private subnets, in all three"
  }
  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_private_access && aws_eks_cluster.this.vpc_config[0].endpoint_public_access
    error_message = "the API is reached from both sides by default"
  }
  assert {
    condition     = toset(aws_eks_cluster.this.enabled_cluster_log_types) == toset(["api", "audit", "authenticator", "controllerManager", "scheduler"])
    error_message = "all logs of the control plane"
  }
  assert {
    condition     = aws_cloudwatch_log_group.cluster.name == "/aws/eks/hitcounter/cluster" && aws_cloudwatch_log_group.cluster.retention_in_days == 30 && aws_cloudwatch_log_group.cluster.kms_key_id == aws_kms_key.cluster.arn
    error_message = "the group that EKS writes to, encrypted and not kept for ever"
  }
  assert {
    condition     = toset(aws_eks_cluster.this.encryption_config[0].resources) == toset(["secrets"]) && aws_eks_cluster.this.encryption_config[0].provider[0].key_arn == aws_kms_key.cluster.arn
    error_message = "Secrets are encrypted with the cluster's key"
  }
  assert {
    condition     = aws_eks_cluster.this.upgrade_policy[0].support_type == "STANDARD"
    error_message = "extended support costs six times as much, and begins by itself"
  }
  assert {
    condition     = output.kubeconfig_command == "aws eks update-kubeconfig --region eu-test-1 --name hitcounter"
    error_message = output.kubeconfig_command
  }
}

run "gives_the_roles_what_auto_mode_asks_for_and_no_more" {
  command = plan

  assert {
    condition = { for name, attachment in aws_iam_role_policy_attachment.cluster : name => attachment.policy_arn } == {
      AmazonEKSBlockStoragePolicy  = "arn:aws:iam::aws:policy/AmazonEKSBlockStoragePolicy"
      AmazonEKSClusterPolicy       = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
      AmazonEKSComputePolicy       = "arn:aws:iam::aws:policy/AmazonEKSComputePolicy"
      AmazonEKSLoadBalancingPolicy = "arn:aws:iam::aws:policy/AmazonEKSLoadBalancingPolicy"
      AmazonEKSNetworkingPolicy    = "arn:aws:iam::aws:policy/AmazonEKSNetworkingPolicy"
    }
    error_message = "the cluster's policies"
  }
  assert {
    condition = { for name, attachment in aws_iam_role_policy_attachment.node : name => attachment.policy_arn } == {
      AmazonEC2ContainerRegistryPullOnly = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"
      AmazonEKSWorkerNodeMinimalPolicy   = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy"
    }
    error_message = "the nodes' policies"
  }
  assert {
    condition     = length(aws_iam_role_policy.volume_key) == 0
    error_message = "the account's key aws/ebs needs no right"
  }
  assert {
    condition = jsondecode(aws_iam_role.cluster.assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { Service = "eks.amazonaws.com" }
        Action    = ["sts:AssumeRole", "sts:TagSession"]
      }]
    }
    error_message = "EKS alone takes the cluster's role"
  }
  assert {
    condition = jsondecode(aws_iam_role.node.assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { Service = "ec2.amazonaws.com" }
        Action    = ["sts:AssumeRole"]
      }]
    }
    error_message = "instances alone take the nodes' role"
  }
}

run "encrypts_with_a_key_that_can_be_lost_only_with_the_cluster" {
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
}

run "makes_volumes_that_can_grow" {
  command = plan

  assert {
    condition     = kubernetes_storage_class_v1.encrypted.storage_provisioner == "ebs.csi.eks.amazonaws.com" && kubernetes_storage_class_v1.encrypted.allow_volume_expansion && kubernetes_storage_class_v1.encrypted.volume_binding_mode == "WaitForFirstConsumer"
    error_message = "volumes of Auto Mode that can grow, in the zone of their pod"
  }
  assert {
    condition     = kubernetes_storage_class_v1.encrypted.metadata[0].annotations["storageclass.kubernetes.io/is-default-class"] == "true"
    error_message = "Auto Mode has no default class, so this is it"
  }
}

run "has_new_proxies_wait_for_the_balancer" {
  command = plan

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
