# The cluster that is planned, and who may do what.

mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "kubernetes" {
  source = "./tests/mocks"
}

mock_provider "helm" {}

run "makes_a_cluster_in_auto_mode_with_the_rights_that_it_asks_for" {
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
