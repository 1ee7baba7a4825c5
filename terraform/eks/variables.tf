variable "name" {
  description = "Name of the cluster, and what the names of all else here begin with."
  type        = string
  default     = "hitcounter"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]{0,39}$", var.name))
    error_message = "name must be up to 40 letters, digits and '-', beginning with a letter or a digit."
  }
}

variable "region" {
  description = "The AWS region. Null means that of your environment or profile."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of all that Terraform makes. What EKS makes (nodes, volumes, the load balancer) has EKS's own."
  type        = map(string)
  default     = {}
  nullable    = false
}

# The network

variable "vpc_cidr" {
  description = "Addresses of the VPC. Three zones share them: each has a private subnet of a sixteenth, and a public one of a 256th."
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && can(regex("/(1[6-9]|20)$", var.vpc_cidr))
    error_message = "vpc_cidr must be an IPv4 range of /16 to /20, such as 10.0.0.0/16."
  }
}

variable "availability_zones" {
  description = "The three zones. None means the first three of the region that EKS can use."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = contains([0, 3], length(distinct(var.availability_zones))) && length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "availability_zones must name three different zones, or none."
  }
}

variable "nat_gateway_per_zone" {
  description = "A NAT gateway in each zone instead of one for all: a zone that fails takes no other's way out with it. It costs two more."
  type        = bool
  default     = false
  nullable    = false
}

# The cluster

variable "kubernetes_version" {
  description = "Version of Kubernetes, such as 1.34. Null means EKS's default when the cluster is made; EKS upgrades it when its standard support ends."
  type        = string
  default     = null

  validation {
    condition     = var.kubernetes_version == null || can(regex("^1\\.[3-9][0-9]$", var.kubernetes_version))
    error_message = "kubernetes_version must be 1.30 or later, as major.minor."
  }
}

variable "public_api" {
  description = "Whether the API server can be reached from outside of the VPC. Without, run Terraform from inside of it."
  type        = bool
  default     = true
  nullable    = false
}

variable "public_api_cidrs" {
  description = "From where the API server can be reached, if it can: your own addresses are wise."
  type        = list(string)
  default     = ["0.0.0.0/0"]
  nullable    = false

  validation {
    condition     = length(var.public_api_cidrs) > 0 && alltrue([for cidr in var.public_api_cidrs : can(cidrhost(cidr, 0))])
    error_message = "public_api_cidrs must be ranges such as 203.0.113.7/32, one at least."
  }
}

variable "admin_arns" {
  description = "IAM roles and users that administer the cluster, beside whoever makes it. Whoever makes it must not be among them."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.admin_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/.+$", arn))])
    error_message = "admin_arns must be ARNs of IAM roles or users, such as arn:aws:iam::111122223333:role/platform. A session's (arn:aws:sts::…) is none."
  }
}

variable "log_retention_days" {
  description = "How long the control plane's logs are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number of days that CloudWatch knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 and so on."
  }
}

variable "volume_kms_key_arn" {
  description = "KMS key of the volumes. Null means the account's aws/ebs, which nobody can delete. Never one that is destroyed before the data: they would be lost with it."
  type        = string
  default     = null

  validation {
    condition     = var.volume_kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.volume_kms_key_arn))
    error_message = "volume_kms_key_arn must be the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID. An alias is none."
  }
}

# The HitCounter

variable "registry" {
  description = "Where the images of the operator and the counter are, as their names begin: an ECR registry of this account, say. Empty leaves it to the chart."
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
  description = "Namespace of the HitCounter and its data. It must exist."
  type        = string
  default     = "default"
  nullable    = false
}

variable "hitcounter_spec" {
  description = "Fields of the HitCounter's spec beside those in hitcounter.tf; a `proxy` is in place of the one there."
  type        = any
  default     = {}
  nullable    = false
}
