# The HitCounter on Minikube.

provider "kubernetes" {
  config_path    = var.kubeconfig
  config_context = var.context
}

provider "helm" {
  kubernetes = {
    config_path    = var.kubeconfig
    config_context = var.context
  }
}

module "hitcounter" {
  source = "../hitcounter"

  images               = { registry = var.registry }
  hitcounter_version   = var.hitcounter_version
  hitcounter_namespace = var.hitcounter_namespace
}
