output "address" {
  description = "The EXTERNAL-IP of the Service proxy. Null as long as it has none."
  value       = module.hitcounter.address
}

output "url" {
  description = "What to curl. Null as long as there is no address."
  value       = module.hitcounter.url
}
