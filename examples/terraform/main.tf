# What a team writes: a provider, and a module for each pipeline. The endpoint comes from the environment, as
# `localemr env` sets it; on AWS the same files make the same things there.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  # MinIO has its buckets in paths. LocalEMR answers STS.
  s3_use_path_style = true
}

module "sales" {
  source        = "./modules/pipeline"
  name          = "localemr-terraform"
  release_label = "emr-7.13.0"
  jobs          = "${path.module}/jobs"
  steps = [
    { name = "Totals", args = ["spark-submit", "--deploy-mode", "cluster", "{bucket}/jobs/totals.py",
    "--data", "{bucket}/raw/sales.csv", "--output", "{bucket}/output/totals"] },
  ]
  data = { "sales.csv" = file("${path.module}/sales.csv") }
  tags = { team = "sales", stage = var.stage }
}

variable "stage" {
  type        = string
  description = "Where this runs: a tag of the cluster."
  default     = "local"
}

output "cluster" {
  value = module.sales.cluster
}

output "bucket" {
  value = module.sales.bucket
}
