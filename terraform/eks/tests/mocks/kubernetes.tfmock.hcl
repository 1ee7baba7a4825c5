# A cluster with the namespace that every one has.

mock_data "kubernetes_all_namespaces" {
  defaults = { namespaces = ["default"] }
}
