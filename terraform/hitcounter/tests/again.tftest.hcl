# A second apply finds nothing to do: test/integration/terraform reads that from what this plans.

mock_provider "helm" {}

mock_provider "kubernetes" {
  mock_data "kubernetes_all_namespaces" {
    defaults = { namespaces = ["default"] }
  }
}

variables {
  chart = "./tests/chart"
}

run "once" {}

run "again" {
  command = plan
}
