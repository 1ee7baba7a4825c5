# The network that is planned for AWS, held against the provider's schema without an account.

mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "kubernetes" {
  source = "./tests/mocks"
}

mock_provider "helm" {}

run "spreads_the_network_over_three_zones" {
  command = plan

  assert {
    condition = { for zone, subnet in aws_subnet.private : zone => [subnet.availability_zone, subnet.cidr_block] } == {
      "eu-test-1a" = ["eu-test-1a", "10.0.0.0/20"]
      "eu-test-1b" = ["eu-test-1b", "10.0.16.0/20"]
      "eu-test-1c" = ["eu-test-1c", "10.0.32.0/20"]
    }
    error_message = "a private subnet in each of the first three zones"
  }
  assert {
    condition = { for zone, subnet in aws_subnet.public : zone => [subnet.availability_zone, subnet.cidr_block] } == {
      "eu-test-1a" = ["eu-test-1a", "10.0.48.0/24"]
      "eu-test-1b" = ["eu-test-1b", "10.0.49.0/24"]
      "eu-test-1c" = ["eu-test-1c", "10.0.50.0/24"]
    }
    error_message = "a public subnet in each, behind the private ones"
  }
  assert {
    condition     = alltrue([for subnet in aws_subnet.public : subnet.tags["kubernetes.io/role/elb"] == "1"]) && alltrue([for subnet in aws_subnet.private : subnet.tags["kubernetes.io/role/internal-elb"] == "1"])
    error_message = "EKS finds the subnets of load balancers by these tags"
  }
  assert {
    condition     = keys(aws_nat_gateway.this) == ["eu-test-1a"] && length(aws_route.nat) == 3
    error_message = "one NAT gateway, for all three zones"
  }
  assert {
    condition     = aws_vpc.this.enable_dns_hostnames && aws_vpc.this.enable_dns_support
    error_message = "a private API needs the VPC's own DNS"
  }
}
