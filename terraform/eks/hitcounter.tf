locals {
  annotation = "service.beta.kubernetes.io/aws-load-balancer"

  # A Network Load Balancer that faces the Internet, and leads straight to the proxies' pods. samples/hitcounter-eks.yaml
  # says the same without Terraform.
  spec = {
    proxy = {
      service = {
        name              = "proxy"
        type              = "LoadBalancer"
        loadBalancerClass = "eks.amazonaws.com/nlb"
        annotations = {
          "${local.annotation}-scheme"          = "internet-facing"
          "${local.annotation}-nlb-target-type" = "ip"
          # The proxies see the client's own address, with no header that one could forge.
          "${local.annotation}-target-group-attributes" = "preserve_client_ip.enabled=true"
          # The balancer has an address in each of the three zones, and every proxy serves all of them: no address goes
          # dead while proxies move.
          "${local.annotation}-attributes" = "load_balancing.cross_zone.enabled=true"
        }
      }
      # It goes on leading connections to a target for two minutes after it was told that the target goes.
      drainSeconds = 150
    }
  }
}

# With this label a new proxy counts as ready only once the balancer leads to it, so that no rollout is ahead of the
# balancer. The label alone is Terraform's, not the namespace.
resource "kubernetes_labels" "hitcounter_namespace" {
  api_version = "v1"
  kind        = "Namespace"

  metadata {
    name = var.hitcounter_namespace
  }
  labels = {
    "eks.amazonaws.com/pod-readiness-gate-inject" = "enabled"
  }
}

module "hitcounter" {
  source = "../hitcounter"

  images               = { registry = var.registry }
  hitcounter_version   = var.hitcounter_version
  hitcounter_namespace = var.hitcounter_namespace
  hitcounter_spec      = merge(local.spec, var.hitcounter_spec)

  # The first node is started for the operator, and the load balancer made for the proxy.
  hitcounter_timeout_seconds = 900

  # All that it needs is there before it, and is destroyed after it: the volumes' class, and the ways of the network, so
  # that the load balancer is gone before the VPC that it is in.
  depends_on = [
    aws_route.internet,
    aws_route.nat,
    aws_route_table_association.private,
    aws_route_table_association.public,
    kubernetes_labels.hitcounter_namespace,
    kubernetes_storage_class_v1.encrypted,
  ]
}
