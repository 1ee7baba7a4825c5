locals {
  # Relative, so that it is the same on every machine that has this state.
  chart     = coalesce(var.chart, "${path.module}/../../charts/hitcounter")
  is_folder = fileexists("${local.chart}/Chart.yaml")

  # What is in the folder of a chart. Its version may stay while its files change, and that is a change too.
  chart_files = local.is_folder ? sha256(join("", [
    for file in fileset(local.chart, "**") : "${file} ${filesha256("${local.chart}/${file}")}\n"
  ])) : null

  service = try(var.hitcounter_spec.proxy.service.name, "${var.hitcounter_name}-proxy")

  # An empty name of an image, and null, leave it to the chart.
  values = { for name, value in {
    images = { for name, value in {
      registry    = var.images.registry
      operator    = var.images.operator
      counter     = var.images.counter
      redis       = var.images.redis
      proxy       = var.images.proxy
      pullPolicy  = var.images.pull_policy
      pullSecrets = [for name in var.images.pull_secrets : { name = name }]
    } : name => value if value != "" }
    replicas        = var.replicas
    resources       = var.resources == null ? null : { for name, value in var.resources : name => value if value != null }
    watchNamespaces = sort(var.watch_namespaces)
    logLevel        = var.log_level
    hitcounter = {
      enabled        = true
      name           = var.hitcounter_name
      namespace      = var.hitcounter_namespace
      spec           = merge(var.hitcounter_spec, { version = var.hitcounter_version })
      timeoutSeconds = var.hitcounter_timeout_seconds
    }
  } : name => value if value != null }
}

# It goes with destroy, after the release that is in it: Helm would leave behind a namespace that it made.
resource "kubernetes_namespace_v1" "operator" {
  metadata {
    name = var.namespace
    labels = {
      "pod-security.kubernetes.io/enforce" = "restricted"
    }
  }

  lifecycle {
    precondition {
      condition     = var.hitcounter_namespace != var.namespace
      error_message = "hitcounter_namespace must not be that of the operator (${var.namespace}): destroy removes that one, and the data would go with it. Name another that exists."
    }
  }
}

# The namespace of the data is only looked for, never made or removed.
data "kubernetes_all_namespaces" "all" {}

resource "helm_release" "hitcounter" {
  name      = "hitcounter"
  namespace = kubernetes_namespace_v1.operator.metadata[0].name
  chart     = local.chart
  version   = local.is_folder ? yamldecode(file("${local.chart}/Chart.yaml")).version : var.chart_version
  values = compact([
    yamlencode(local.values),
    local.is_folder ? "# The files of the chart: ${local.chart_files}\n" : "",
  ])

  create_namespace = false

  # The chart's own Jobs wait for the HitCounter; each of them, and Helm's own wait, has this long.
  wait    = true
  timeout = var.hitcounter_timeout_seconds + 120
  timeouts = {
    create = "70m"
    update = "70m"
    delete = "70m"
  }

  # Bad values are refused by the plan.
  lint = true

  # What fails stays as it is, to be looked at and mended by the next apply: the old version goes on serving, and
  # taking a first install back would delete the HitCounter. An install that failed is upgraded by the next apply; for
  # that, and to plan without a cluster, the version above has to be set.
  atomic          = false
  cleanup_on_fail = false
  upgrade_install = true
  max_history     = 10

  lifecycle {
    precondition {
      condition     = contains(data.kubernetes_all_namespaces.all.namespaces, var.hitcounter_namespace)
      error_message = "The namespace ${var.hitcounter_namespace} (hitcounter_namespace) doesn't exist. It holds the data, so it is not made here: kubectl create namespace ${var.hitcounter_namespace}"
    }
    precondition {
      condition     = length(var.watch_namespaces) == 0 || contains(var.watch_namespaces, var.hitcounter_namespace)
      error_message = "watch_namespaces must have hitcounter_namespace (${var.hitcounter_namespace}) in it, or nobody would look after the HitCounter."
    }
    precondition {
      condition     = local.is_folder == (var.chart_version == null)
      error_message = "chart_version must be set for a package or an address (${local.chart}), and not for a folder: that has its own."
    }
  }
}

# The operator makes this Service; once the release is there, so is the HitCounter, and it serves.
data "kubernetes_service_v1" "proxy" {
  metadata {
    name      = local.service
    namespace = var.hitcounter_namespace
  }

  depends_on = [helm_release.hitcounter]
}
