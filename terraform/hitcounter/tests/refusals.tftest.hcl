# What can't be meant is refused by the plan, by the name of the variable.

mock_provider "helm" {}

mock_provider "kubernetes" {
  mock_data "kubernetes_all_namespaces" {
    defaults = { namespaces = ["default", "demo", "kube-system"] }
  }
}

variables {
  chart = "./tests/chart"
}

# Each variable in turn; one run takes one bad value of each.

run "refuses_values_of_the_wrong_form" {
  command = plan

  variables {
    namespace                  = "Hit_Counter"
    images                     = { pull_policy = "Sometimes" }
    replicas                   = 1.5
    log_level                  = "loud"
    hitcounter_name            = "1st"
    hitcounter_namespace       = "-demo"
    hitcounter_version         = "1.0.0+build"
    hitcounter_spec            = "version: 1.0.0"
    hitcounter_timeout_seconds = 10
    chart                      = "./tests"
  }

  expect_failures = [
    var.namespace,
    var.images,
    var.replicas,
    var.log_level,
    var.hitcounter_name,
    var.hitcounter_namespace,
    var.hitcounter_version,
    var.hitcounter_spec,
    var.hitcounter_timeout_seconds,
    var.chart,
  ]
}

run "refuses_values_beyond_what_is_possible" {
  command = plan

  variables {
    namespace                  = "kube-system"
    images                     = { counter = "registry.example:5000/counter:1.0.0" }
    replicas                   = 0
    hitcounter_name            = "a1234567890123456789012345678901234567890123456"
    hitcounter_spec            = { version = "1.0.0" } # it is hitcounter_version
    hitcounter_timeout_seconds = 7200
  }

  expect_failures = [
    var.namespace,
    var.images,
    var.replicas,
    var.hitcounter_name,
    var.hitcounter_spec,
    var.hitcounter_timeout_seconds,
  ]
}

run "refuses_a_registry_with_a_scheme_and_default_for_the_operator" {
  command = plan

  variables {
    namespace = "default"
    images    = { registry = "https://registry.example" }
  }

  expect_failures = [
    var.namespace,
    var.images,
  ]
}

run "refuses_a_registry_with_a_slash_at_its_end" {
  command = plan

  variables {
    images = { registry = "registry.example/" }
  }

  expect_failures = [
    var.images,
  ]
}

# What only shows in what belongs together.

run "refuses_a_namespace_that_does_not_exist" {
  command = plan

  variables {
    hitcounter_namespace = "nowhere"
  }

  expect_failures = [helm_release.hitcounter]
}

run "refuses_data_in_the_namespace_that_destroy_removes" {
  command = plan

  variables {
    hitcounter_namespace = "hitcounter-system"
  }

  expect_failures = [kubernetes_namespace_v1.operator]
}

run "refuses_a_hitcounter_that_nobody_looks_after" {
  command = plan

  variables {
    watch_namespaces = ["demo"]
  }

  expect_failures = [helm_release.hitcounter]
}

run "refuses_a_version_for_a_chart_that_has_its_own" {
  command = plan

  variables {
    chart_version = "0.2.0"
  }

  expect_failures = [helm_release.hitcounter]
}

run "refuses_a_chart_from_a_registry_without_a_version" {
  command = plan

  variables {
    chart = "oci://registry.example/charts/hitcounter"
  }

  expect_failures = [helm_release.hitcounter]
}
