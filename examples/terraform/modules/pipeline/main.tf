# A bucket with jobs and data, and a cluster that runs steps over them, grows with its load, and ends when it is idle.
resource "aws_s3_bucket" "this" {
  bucket        = var.name
  force_destroy = true
}

resource "aws_s3_object" "jobs" {
  for_each = fileset(var.jobs, "*.py")
  bucket   = aws_s3_bucket.this.bucket
  key      = "jobs/${each.value}"
  source   = "${var.jobs}/${each.value}"
  etag     = filemd5("${var.jobs}/${each.value}")
}

resource "aws_s3_object" "data" {
  for_each = var.data
  bucket   = aws_s3_bucket.this.bucket
  key      = "raw/${each.key}"
  content  = each.value
}

resource "aws_emr_cluster" "this" {
  name          = var.name
  release_label = var.release_label
  applications  = var.applications
  log_uri       = "s3://${aws_s3_bucket.this.bucket}/logs/"
  service_role  = "EMR_DefaultRole"
  tags          = var.tags

  ec2_attributes { instance_profile = "EMR_EC2_DefaultRole" }
  master_instance_group { instance_type = var.instance_type }
  core_instance_group {
    instance_type  = var.instance_type
    instance_count = 1
  }

  dynamic "step" {
    for_each = var.steps
    content {
      name              = step.value.name
      action_on_failure = "CONTINUE"
      hadoop_jar_step {
        jar  = "command-runner.jar"
        args = [for each in step.value.args : replace(each, "{bucket}", "s3://${aws_s3_bucket.this.bucket}")]
      }
    }
  }

  keep_job_flow_alive_when_no_steps = true
  auto_termination_policy { idle_timeout = 3600 }
  depends_on = [aws_s3_object.jobs, aws_s3_object.data]
  lifecycle {
    # Managed scaling changes it.
    ignore_changes = [core_instance_group[0].instance_count]
  }
}

resource "aws_emr_managed_scaling_policy" "this" {
  cluster_id = aws_emr_cluster.this.id
  compute_limits {
    unit_type              = "Instances"
    minimum_capacity_units = 1
    maximum_capacity_units = var.most_instances
  }
}
