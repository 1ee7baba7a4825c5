import type { Root } from "./workspace.ts";

/** A text of a file of `terraform/` that is another, and what Terraform says of it. */
export interface Mistake {
  title: string;
  /** Where it is looked for, if not where the file is. */
  root?: Root;
  file: `${Root}/${string}`;
  text: string;
  instead: string;
  says: RegExp;
}

export const mistakes: Mistake[] = [
  {
    title: "an attribute that the release does not have",
    file: "hitcounter/main.tf",
    text: "lint = true",
    instead: "linted = true",
    says: /Unsupported argument: .*"linted"/,
  },
  {
    title: "a required attribute that is missing",
    file: "eks/iam.tf",
    text: "  role       = aws_iam_role.node.name\n",
    instead: "",
    says: /Missing required argument: .*"role"/,
  },
  {
    title: "a required block that is missing",
    file: "eks/cluster.tf",
    text: `  access_scope {
    type = "cluster"
  }
`,
    instead: "",
    says: /Insufficient access_scope blocks/,
  },
  {
    title: "a text where a number has to be",
    file: "hitcounter/main.tf",
    text: "max_history     = 10",
    instead: 'max_history     = "ten"',
    says: /Incorrect attribute value type: .*max_history.*number/,
  },
  {
    title: "a text where a list has to be",
    file: "eks/cluster.tf",
    text: 'resources = ["secrets"]',
    instead: 'resources = "secrets"',
    says: /Incorrect attribute value type: .*resources.*set of string/,
  },
  {
    title: "an object where a list of objects has to be",
    file: "hitcounter/main.tf",
    text: "lint = true",
    instead: 'lint = true\n  set  = { name = "replicas", value = "2" }',
    says: /Incorrect attribute value type: .*set.*list of object/,
  },
  {
    title: "a block of `set`, as version 2 of the helm provider had it",
    file: "hitcounter/main.tf",
    text: "lint = true",
    instead: 'lint = true\n  set {\n    name  = "replicas"\n    value = "2"\n  }',
    says: /Unsupported block type: .*"set"/,
  },
  {
    title: "a block of `kubernetes`, as version 2 of the helm provider had it",
    file: "kind/main.tf",
    text: "kubernetes = {",
    instead: "kubernetes {",
    says: /Unsupported block type: .*"kubernetes"/,
  },
  {
    title: "a block that is written as an attribute",
    file: "eks/cluster.tf",
    text: "  upgrade_policy {",
    instead: "  upgrade_policy = {",
    says: /Unsupported argument: .*"upgrade_policy"/,
  },
  {
    title: "a name in a nested block that is another",
    file: "eks/cluster.tf",
    text: "    node_role_arn = aws_iam_role.node.arn",
    instead: "    node_role = aws_iam_role.node.arn",
    says: /Unsupported argument: .*"node_role"/,
  },
  {
    title: "two of a block that there may be once",
    file: "eks/cluster.tf",
    text: "  encryption_config {",
    instead: "  vpc_config {\n    subnet_ids = []\n  }\n\n  encryption_config {",
    says: /Too many vpc_config blocks/,
  },
  {
    title: "a block in the wrong place",
    file: "eks/cluster.tf",
    text: `  storage_config {
    block_storage {
      enabled = true
    }
  }`,
    instead: `  block_storage {
    enabled = true
  }`,
    says: /Unsupported block type: .*"block_storage"/,
  },
  {
    title: "a kind of resource that does not exist",
    file: "eks/network.tf",
    text: 'resource "aws_default_security_group" "this" {',
    instead: 'resource "aws_default_security_groups" "this" {',
    says: /Invalid resource type: .*"aws_default_security_groups"/,
  },
  {
    title: "a data source that does not exist",
    file: "hitcounter/main.tf",
    text: 'data "kubernetes_all_namespaces" "all" {}',
    instead: 'data "kubernetes_namespaces" "all" {}',
    says: /Invalid data source: .*"kubernetes_namespaces"/,
  },
  {
    title: "an attribute that a data source does not have",
    file: "eks/iam.tf",
    text: "aws_partition.current.partition}:iam",
    instead: "aws_partition.current.name}:iam",
    says: /Unsupported attribute: .*"name"/,
  },
  {
    title: "a value for what only the provider can set",
    file: "hitcounter/main.tf",
    text: "lint = true",
    instead: 'lint   = true\n  status = "deployed"',
    says: /Value for unconfigurable attribute: .*status/,
  },
  {
    title: "an attribute of a resource that it does not have",
    file: "eks/providers.tf",
    text: `provider "kubernetes" {
  host                   = aws_eks_cluster.this.endpoint`,
    instead: `provider "kubernetes" {
  host                   = aws_eks_cluster.this.url`,
    says: /Unsupported attribute: .*"url"/,
  },
  {
    title: "a resource that is not there",
    file: "eks/cluster.tf",
    text: "role_arn = aws_iam_role.cluster.arn",
    instead: "role_arn = aws_iam_role.control_plane.arn",
    says: /Reference to undeclared resource: .*"aws_iam_role" "control_plane"/,
  },
  {
    title: "a variable that is not there",
    file: "hitcounter/main.tf",
    text: "logLevel        = var.log_level",
    instead: "logLevel        = var.loglevel",
    says: /Reference to undeclared input variable: .*"loglevel"/,
  },
  {
    title: "a local value that is not there",
    file: "eks/network.tf",
    text: "  nat_gateway_id         = aws_nat_gateway.this[var.nat_gateway_per_zone ? each.key : local.zones[0]].id",
    instead: "  nat_gateway_id         = aws_nat_gateway.this[local.nat_zone].id",
    says: /Reference to undeclared local value: .*"nat_zone"/,
  },
  {
    title: "the same resource twice",
    file: "eks/network.tf",
    text: 'resource "aws_subnet" "private" {',
    instead: 'resource "aws_subnet" "public" {',
    says: /Duplicate resource "aws_subnet" configuration/,
  },
  {
    title: "an argument that the module does not have",
    file: "minikube/main.tf",
    text: "  hitcounter_version   = var.hitcounter_version",
    instead: "  version_of_counter   = var.hitcounter_version",
    says: /Unsupported argument: .*"version_of_counter"/,
  },
  {
    title: "an argument of the module that has another type",
    file: "minikube/main.tf",
    text: "images               = { registry = var.registry }",
    instead: "images               = var.registry",
    says: /Invalid value for input variable: .*object required/,
  },
  {
    title: "an argument that the module needs, and is not given",
    root: "minikube",
    file: "hitcounter/variables.tf",
    text: `  type        = string
  default     = "hitcounter"`,
    instead: "  type        = string",
    says: /Missing required argument: .*"hitcounter_name"/,
  },
  {
    title: "an output that the module does not have",
    file: "kind/outputs.tf",
    text: "module.hitcounter.url",
    instead: "module.hitcounter.address_url",
    says: /Unsupported attribute: .*"address_url"/,
  },
  {
    title: "a function that does not exist",
    file: "hitcounter/main.tf",
    text: "yamlencode(local.values)",
    instead: "toyaml(local.values)",
    says: /Call to unknown function: .*"toyaml"/,
  },
  {
    title: "a function that is given too little",
    file: "eks/network.tf",
    text: "cidrsubnet(var.vpc_cidr, 4, each.value)",
    instead: "cidrsubnet(var.vpc_cidr, 4)",
    says: /Not enough function arguments: .*"cidrsubnet"/,
  },
  {
    title: "resources that need each other",
    file: "eks/iam.tf",
    text: 'resource "aws_iam_role" "node" {',
    instead: 'resource "aws_iam_role" "node" {\n  path = aws_eks_cluster.this.id',
    says: /Cycle: /,
  },
  {
    title: "a default that is not of the variable's type",
    file: "eks/variables.tf",
    text: "default     = 30\n",
    instead: "default     = []\n",
    says: /Invalid default value for variable/,
  },
  {
    title: "a condition that asks for what is not there",
    file: "hitcounter/main.tf",
    text: "data.kubernetes_all_namespaces.all.namespaces, var",
    instead: "data.kubernetes_all_namespaces.all.names, var",
    says: /Unsupported attribute: .*"names"/,
  },
];
