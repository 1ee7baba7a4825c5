# What can't be meant is refused by the plan, by the name of the variable.

mock_provider "helm" {}

mock_provider "kubernetes" {}

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-test-1a", "eu-test-1b"] }
  }
}

run "refuses_values_of_the_wrong_form" {
  command = plan

  variables {
    name               = "hit_counter"
    vpc_cidr           = "10.0.0.0/24"
    availability_zones = ["eu-test-1a", "eu-test-1b"]
    kubernetes_version = "1.29"
    public_api_cidrs   = ["203.0.113.7"]
    admin_arns         = ["arn:aws:sts::111122223333:assumed-role/platform/me"]
    log_retention_days = 31
    volume_kms_key_arn = "alias/volumes"
  }

  expect_failures = [
    var.name,
    var.vpc_cidr,
    var.availability_zones,
    var.kubernetes_version,
    var.public_api_cidrs,
    var.admin_arns,
    var.log_retention_days,
    var.volume_kms_key_arn,
  ]
}

run "refuses_a_zone_twice_and_an_api_for_nobody" {
  command = plan

  variables {
    availability_zones = ["eu-test-1a", "eu-test-1b", "eu-test-1a"]
    public_api_cidrs   = []
  }

  expect_failures = [
    var.availability_zones,
    var.public_api_cidrs,
  ]
}

run "refuses_a_region_of_two_zones" {
  command = plan

  expect_failures = [data.aws_availability_zones.usable]
}
