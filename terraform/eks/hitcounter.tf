locals {
  annotation = "service.beta.kubernetes.io/aws-load-balancer"

  # A Network Load Balancer that faces the Internet, and leads straight to the proxies' pods.
  spec = {
    proxy = {
      service = {
        name              = "proxy"
        type              = "LoadBalancer"
        loadBalancerClass = "eks.amazonaws.com/nlb"
        annotations = {
          "${local.annotation}-scheme"          = "internet-facing"
          "${local.annotation}-nlb-target-type" = "ip"
          # The proxies see the address of the client itself, with no header that one could forge.
          "${local.annotation}-target-group-attributes" = "preserve_client_ip.enabled=true"
          # Two proxies serve the addresses of all three zones.
          "${local.annotation}-attributes" = "load_balancing.cross_zone.enabled=true"
        }
      }
      # It leads new connections to a target for some two minutes after it was told that the target goes.
      drainSeconds = 150
    }
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
    aws_default_security_group.this,
    aws_route.internet,
    aws_route.nat,
    aws_route_table_association.private,
    aws_route_table_association.public,
    kubernetes_storage_class_v1.encrypted,
  ]
}
