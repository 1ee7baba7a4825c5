output "address" {
  description = "The EXTERNAL-IP of the Service proxy: the name of the load balancer."
  value       = module.hitcounter.address
}

output "url" {
  description = "What to curl. A new load balancer's name takes some minutes to be known everywhere."
  value       = module.hitcounter.url
}

output "cluster_name" {
  description = "Name of the cluster."
  value       = aws_eks_cluster.this.name
}

output "kubeconfig_command" {
  description = "Makes kubectl know the cluster."
  value       = "aws eks update-kubeconfig --region ${data.aws_region.current.region} --name ${aws_eks_cluster.this.name}"
}
