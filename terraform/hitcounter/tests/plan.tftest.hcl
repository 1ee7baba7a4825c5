# What is planned, held against the providers' schemas without a cluster.

mock_provider "helm" {}

mock_provider "kubernetes" {
  mock_data "kubernetes_all_namespaces" {
    defaults = { namespaces = ["default", "demo", "kube-system"] }
  }
}

variables {
  chart = "./tests/chart"
}

run "installs_the_chart_into_a_namespace_of_its_own" {
  command = plan

  assert {
    condition     = kubernetes_namespace_v1.operator.metadata[0].name == "hitcounter-system"
    error_message = "the operator's namespace"
  }
  assert {
    condition     = kubernetes_namespace_v1.operator.metadata[0].labels == tomap({ "pod-security.kubernetes.io/enforce" = "restricted" })
    error_message = "its pods must be held to Pod Security's restricted"
  }
  assert {
    condition     = helm_release.hitcounter.namespace == "hitcounter-system" && helm_release.hitcounter.create_namespace == false
    error_message = "the namespace must be Terraform's, not Helm's"
  }
  assert {
    condition     = helm_release.hitcounter.chart == "./tests/chart" && helm_release.hitcounter.version == "9.8.7"
    error_message = "the chart, and the version that it says of itself"
  }
  assert {
    condition = yamldecode(helm_release.hitcounter.values[0]) == {
      images          = { pullPolicy = "IfNotPresent", pullSecrets = [] }
      replicas        = 2
      watchNamespaces = []
      logLevel        = "info"
      hitcounter = {
        enabled        = true
        name           = "hitcounter"
        namespace      = "default"
        spec           = { version = "1.0.0", proxy = { service = { name = "proxy" } } }
        timeoutSeconds = 600
      }
    }
    error_message = helm_release.hitcounter.values[0]
  }
  assert {
    condition     = helm_release.hitcounter.wait && helm_release.hitcounter.timeout > 600
    error_message = "Helm must not give up before the Job that waits for the HitCounter"
  }
  assert {
    condition     = !helm_release.hitcounter.atomic && !helm_release.hitcounter.cleanup_on_fail && helm_release.hitcounter.upgrade_install
    error_message = "a release that fails must stay: uninstalling it would delete the HitCounter"
  }
  assert {
    condition     = strcontains(helm_release.hitcounter.values[1], sha256("Chart.yaml ${filesha256("tests/chart/Chart.yaml")}\n"))
    error_message = "the values must change with the chart's files: ${helm_release.hitcounter.values[1]}"
  }
}

run "hands_on_every_setting" {
  command = plan

  variables {
    namespace = "operators"
    images = {
      registry     = "registry.example/hits"
      operator     = "registry.example/operator:2"
      counter      = "registry.example/counter"
      redis        = "registry.example/redis:8"
      proxy        = "registry.example/nginx:1"
      pull_policy  = "Always"
      pull_secrets = ["registry"]
    }
    replicas                   = 3
    resources                  = { requests = { cpu = "100m" } }
    watch_namespaces           = ["other", "demo"]
    log_level                  = "debug"
    hitcounter_name            = "visits"
    hitcounter_namespace       = "demo"
    hitcounter_version         = "1.1.0"
    hitcounter_spec            = { counter = { replicas = 5 } }
    hitcounter_timeout_seconds = 300
  }

  assert {
    condition = yamldecode(helm_release.hitcounter.values[0]) == {
      images = {
        registry    = "registry.example/hits"
        operator    = "registry.example/operator:2"
        counter     = "registry.example/counter"
        redis       = "registry.example/redis:8"
        proxy       = "registry.example/nginx:1"
        pullPolicy  = "Always"
        pullSecrets = [{ name = "registry" }]
      }
      replicas        = 3
      resources       = { requests = { cpu = "100m" } }
      watchNamespaces = ["demo", "other"]
      logLevel        = "debug"
      hitcounter = {
        enabled        = true
        name           = "visits"
        namespace      = "demo"
        spec           = { version = "1.1.0", counter = { replicas = 5 } }
        timeoutSeconds = 300
      }
    }
    error_message = helm_release.hitcounter.values[0]
  }
  assert {
    condition     = helm_release.hitcounter.namespace == "operators"
    error_message = "the release must be in the operator's namespace"
  }
  assert {
    condition     = output.service == "visits-proxy" && output.hitcounter_namespace == "demo"
    error_message = "without a name of its own, the Service has the HitCounter's"
  }
}

run "takes_a_chart_from_a_registry" {
  command = plan

  variables {
    chart         = "oci://registry.example/charts/hitcounter"
    chart_version = "0.2.0"
  }

  assert {
    condition     = helm_release.hitcounter.chart == "oci://registry.example/charts/hitcounter" && helm_release.hitcounter.version == "0.2.0"
    error_message = "the chart of the registry, and its version"
  }
  assert {
    condition     = length(helm_release.hitcounter.values) == 1
    error_message = "a chart from a registry has no files here"
  }
}
