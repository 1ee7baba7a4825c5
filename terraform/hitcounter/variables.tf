# The operator

variable "namespace" {
  description = "Namespace of the operator. It is made, and goes with `terraform destroy`."
  type        = string
  default     = "hitcounter-system"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.namespace))
    error_message = "namespace must be a namespace's name: up to 63 lower-case letters, digits and '-', neither beginning nor ending with '-'."
  }
  validation {
    condition     = var.namespace != "default" && !startswith(var.namespace, "kube-")
    error_message = "namespace must be one of the operator's own, as destroy removes it: not default, and none that begins with kube-."
  }
}

variable "images" {
  description = "Where the images come from: `registry` for the operator's and the counter's, or whole names. An empty one leaves it to the chart. `counter` has no tag: that is `hitcounter_version`. `pull_secrets` names Secrets of the operator's namespace; those of a HitCounter are in its spec."
  type = object({
    registry     = optional(string, "")
    operator     = optional(string, "")
    counter      = optional(string, "")
    redis        = optional(string, "")
    proxy        = optional(string, "")
    pull_policy  = optional(string, "IfNotPresent")
    pull_secrets = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["Always", "IfNotPresent", "Never"], var.images.pull_policy)
    error_message = "images.pull_policy must be Always, IfNotPresent or Never."
  }
  validation {
    condition     = !can(regex("(://|/$)", var.images.registry))
    error_message = "images.registry must be a registry as image names begin with it, such as ghcr.io/hitcounter: without https:// and without a '/' at its end."
  }
  validation {
    condition     = !can(regex(":[^/]*$", var.images.counter))
    error_message = "images.counter must have no tag: the tag is hitcounter_version."
  }
}

variable "replicas" {
  description = "How many replicas of the operator run. One leads, the others stand by."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.replicas >= 1 && var.replicas <= 10 && floor(var.replicas) == var.replicas
    error_message = "replicas must be a whole number from 1 to 10."
  }
}

variable "resources" {
  description = "Requests and limits of the operator's container, in Kubernetes' words. Null leaves them to the chart."
  type = object({
    requests = optional(map(string))
    limits   = optional(map(string))
  })
  default = null
}

variable "watch_namespaces" {
  description = "The namespaces that the operator looks after. None means all."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "log_level" {
  description = "The least that the operator logs: debug, info, warn or error."
  type        = string
  default     = "info"
  nullable    = false

  validation {
    condition     = contains(["debug", "info", "warn", "error"], var.log_level)
    error_message = "log_level must be debug, info, warn or error."
  }
}

# The HitCounter

variable "hitcounter_name" {
  description = "Name of the HitCounter. One of the same name takes up the data that was kept."
  type        = string
  default     = "hitcounter"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,44}[a-z0-9])?$", var.hitcounter_name))
    error_message = "hitcounter_name must be up to 46 lower-case letters, digits and '-', beginning with a letter and not ending with '-'."
  }
}

variable "hitcounter_namespace" {
  description = "Namespace of the HitCounter and its data. It must exist, and is never made or removed here."
  type        = string
  default     = "default"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.hitcounter_namespace))
    error_message = "hitcounter_namespace must be a namespace's name: up to 63 lower-case letters, digits and '-', neither beginning nor ending with '-'."
  }
}

variable "hitcounter_version" {
  description = "Version of the counter: the tag of its image. Another one is a rolling upgrade, or the way back."
  type        = string
  default     = "1.0.0"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$", var.hitcounter_version))
    error_message = "hitcounter_version must be an image's tag such as 1.0.0: up to 63 letters, digits, '.', '_' and '-', beginning and ending with a letter or a digit."
  }
}

variable "hitcounter_spec" {
  description = "The rest of the HitCounter's spec, in the API's own words: `kubectl explain hitcounter.spec`."
  type        = any
  default     = { proxy = { service = { name = "proxy" } } }
  nullable    = false

  validation {
    condition     = can(keys(var.hitcounter_spec)) && !can(var.hitcounter_spec.version)
    error_message = "hitcounter_spec must be an object without version: that is hitcounter_version."
  }
}

variable "hitcounter_timeout_seconds" {
  description = "How long an apply waits until the HitCounter serves the wanted version, and a destroy until its Services are gone."
  type        = number
  default     = 600
  nullable    = false

  validation {
    condition     = var.hitcounter_timeout_seconds >= 60 && var.hitcounter_timeout_seconds <= 1800
    error_message = "hitcounter_timeout_seconds must be from 60 to 1800."
  }
}

# The chart

variable "chart" {
  description = "The chart: the path of a folder, a package (`hitcounter-VERSION.tgz`), or an address (`oci://…`, `https://…`). Null means the one of this repository."
  type        = string
  default     = null

  validation {
    condition     = var.chart == null || can(regex("^(oci|https)://|\\.tgz$", var.chart)) || can(file("${var.chart}/Chart.yaml"))
    error_message = "chart must be the path of a folder with a Chart.yaml, a package (.tgz), or an address that begins with oci:// or https://."
  }
}

variable "chart_version" {
  description = "Version of a chart that is a package or an address. A folder has its own."
  type        = string
  default     = null
}
