# An account, a region of four zones, and what a cluster tells of itself.

mock_data "aws_availability_zones" {
  # Not in order, and one more than are needed.
  defaults = { names = ["eu-test-1c", "eu-test-1a", "eu-test-1d", "eu-test-1b"] }
}

mock_data "aws_region" {
  defaults = { region = "eu-test-1" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

mock_data "aws_caller_identity" {
  defaults = { account_id = "111122223333" }
}

mock_resource "aws_eks_cluster" {
  defaults = {
    endpoint              = "https://cluster.example"
    certificate_authority = [{ data = "Q0E=" }]
  }
}

mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::111122223333:role/mocked" }
}
