locals {
  ingress   = try(data.kubernetes_service_v1.proxy.status[0].load_balancer[0].ingress[0], null)
  address   = try(coalesce(local.ingress.hostname, local.ingress.ip), null)
  host      = strcontains(coalesce(local.address, "-"), ":") ? "[${local.address}]" : local.address # of IPv6
  port      = try(data.kubernetes_service_v1.proxy.spec[0].port[0].port, null)
  https     = try([for port in data.kubernetes_service_v1.proxy.spec[0].port : port.port if port.name == "https"][0], null)
  http_url  = "http://${coalesce(local.host, "-")}${local.port == 80 ? "" : ":${coalesce(local.port, 80)}"}/"
  https_url = "https://${coalesce(local.host, "-")}${local.https == 443 ? "" : ":${coalesce(local.https, 443)}"}/"
}

output "address" {
  description = "Where the proxy's Service is reached: its EXTERNAL-IP, an address or a host's name. Null as long as it has none."
  value       = local.address
}

output "url" {
  description = "What to curl. Null as long as there is no address."
  value       = local.address == null ? null : local.https == null ? local.http_url : local.https_url
}

output "service" {
  description = "Name of the proxy's Service."
  value       = local.service
}

output "namespace" {
  description = "Namespace of the operator."
  value       = kubernetes_namespace_v1.operator.metadata[0].name
}

output "hitcounter_namespace" {
  description = "Namespace of the HitCounter and its data, which destroy leaves."
  value       = var.hitcounter_namespace
}

output "hitcounter_version" {
  description = "The version that was asked for."
  value       = var.hitcounter_version
}

output "chart_version" {
  description = "Version of the chart that is installed."
  value       = helm_release.hitcounter.version
}
