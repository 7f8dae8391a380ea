# Everything of EMR's that the provider makes. The endpoint comes from the environment, as `localemr env` sets it.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {}

variable "tags" {
  type    = map(string)
  default = { team = "data" }
}

variable "concurrency" {
  type    = number
  default = 1
}

variable "core" {
  type    = number
  default = 1
}

variable "protected" {
  type    = bool
  default = true
}

variable "visible" {
  type    = bool
  default = true
}

variable "idle" {
  type    = number
  default = 3600
}

variable "unhealthy" {
  type    = bool
  default = false
}

resource "aws_emr_block_public_access_configuration" "this" {
  block_public_security_group_rules = true
  permitted_public_security_group_rule_range {
    min_range = 22
    max_range = 22
  }
}

resource "aws_emr_studio" "this" {
  name                        = "studio"
  auth_mode                   = "SSO"
  default_s3_location         = "s3://studio/work"
  engine_security_group_id    = "sg-11111111"
  workspace_security_group_id = "sg-22222222"
  service_role                = "arn:aws:iam::123456789012:role/service"
  user_role                   = "arn:aws:iam::123456789012:role/user"
  subnet_ids                  = ["subnet-12345678"]
  vpc_id                      = "vpc-12345678"
  tags                        = var.tags
}

resource "aws_emr_studio_session_mapping" "this" {
  studio_id          = aws_emr_studio.this.id
  identity_type      = "USER"
  identity_id        = "12345678-1234-1234-1234-123456789012"
  session_policy_arn = "arn:aws:iam::123456789012:policy/session"
}

data "aws_emr_release_labels" "all" {}

data "aws_emr_supported_instance_types" "all" { release_label = "emr-7.13.0" }
