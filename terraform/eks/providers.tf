provider "aws" {
  region = var.region

  default_tags {
    tags = var.tags
  }
}

# Both take a token anew for each run, from the identity that Terraform runs as: none lies in the state, and none is too
# old when a destroy begins. They are configured from a cluster of the same state: README.md says what follows from that.
locals {
  token = {
    api_version = "client.authentication.k8s.io/v1beta1"
    command     = "aws"
    args        = ["eks", "get-token", "--cluster-name", var.name, "--region", data.aws_region.current.region, "--output", "json"]
  }
}

provider "kubernetes" {
  host                   = aws_eks_cluster.this.endpoint
  cluster_ca_certificate = base64decode(aws_eks_cluster.this.certificate_authority[0].data)

  exec {
    api_version = local.token.api_version
    command     = local.token.command
    args        = local.token.args
  }
}

provider "helm" {
  kubernetes = {
    host                   = aws_eks_cluster.this.endpoint
    cluster_ca_certificate = base64decode(aws_eks_cluster.this.certificate_authority[0].data)
    exec                   = local.token
  }
}
