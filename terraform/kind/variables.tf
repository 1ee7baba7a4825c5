variable "kubeconfig" {
  description = "The kubeconfig file that has the cluster."
  type        = string
  default     = "~/.kube/config"
  nullable    = false

  validation {
    condition     = fileexists(var.kubeconfig)
    error_message = "kubeconfig must be a file that exists: ${var.kubeconfig} doesn't."
  }
}

variable "context" {
  description = "The context of the cluster in that file."
  type        = string
  default     = "kind-hitcounter"
  nullable    = false
}

variable "registry" {
  description = "Where the images of the operator and the counter are, as their names begin. Empty leaves it to the chart."
  type        = string
  default     = ""
  nullable    = false
}

variable "hitcounter_version" {
  description = "Version of the counter. Another one is a rolling upgrade, or the way back."
  type        = string
  default     = "1.0.0"
  nullable    = false
}

variable "hitcounter_namespace" {
  description = "Namespace of the HitCounter and its data. It must exist, and stays."
  type        = string
  default     = "default"
  nullable    = false
}
