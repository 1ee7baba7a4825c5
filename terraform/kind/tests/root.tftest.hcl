# The root hands on what it is given; what comes of it is tested where it is done, in ../hitcounter.

mock_provider "helm" {}

mock_provider "kubernetes" {
  mock_data "kubernetes_all_namespaces" {
    defaults = { namespaces = ["default", "demo"] }
  }
}

run "needs_no_setting" {
  variables {
    kubeconfig = "./versions.tf" # any file: nobody reads it
  }

  assert {
    condition     = var.context == "kind-hitcounter"
    error_message = "the context that the cluster has by default"
  }
  assert {
    condition     = module.hitcounter.service == "proxy" && module.hitcounter.namespace == "hitcounter-system" && module.hitcounter.hitcounter_namespace == "default"
    error_message = "what the documentation names"
  }
}

run "hands_on_what_it_is_given" {
  variables {
    kubeconfig           = "./versions.tf"
    registry             = "registry.example/hits"
    hitcounter_namespace = "demo"
    hitcounter_version   = "1.1.0"
  }

  assert {
    condition     = module.hitcounter.hitcounter_namespace == "demo" && module.hitcounter.hitcounter_version == "1.1.0"
    error_message = "namespace and version of the HitCounter"
  }
}

run "refuses_a_kubeconfig_that_does_not_exist" {
  command = plan

  variables {
    kubeconfig = "./no-such-file"
  }

  expect_failures = [var.kubeconfig]
}
