resource "aws_emr_security_configuration" "this" {
  name = "tf-security"
  configuration = jsonencode({ EncryptionConfiguration = { EnableInTransitEncryption = false, EnableAtRestEncryption = true,
  AtRestEncryptionConfiguration = { S3EncryptionConfiguration = { EncryptionMode = "SSE-S3" } } } })
}

resource "aws_emr_cluster" "groups" {
  name                   = "groups"
  release_label          = "emr-7.13.0"
  applications           = ["Hadoop", "Spark"]
  service_role           = "EMR_DefaultRole"
  log_uri                = "s3://logs/emr/"
  security_configuration = aws_emr_security_configuration.this.name
  ec2_attributes {
    instance_profile                  = "EMR_EC2_DefaultRole"
    subnet_id                         = "subnet-12345678"
    emr_managed_master_security_group = "sg-11111111"
    emr_managed_slave_security_group  = "sg-22222222"
    key_name                          = "me"
  }
  master_instance_group { instance_type = "m5.xlarge" }
  core_instance_group {
    name           = "core"
    instance_type  = "m5.xlarge"
    instance_count = var.core
    bid_price      = "0.30"
    ebs_config {
      size                 = 40
      type                 = "gp2"
      volumes_per_instance = 1
    }
    autoscaling_policy = jsonencode({
      Constraints = { MinCapacity = 1, MaxCapacity = 3 }
      Rules = [{ Name = "out", Description = "more", Action = { SimpleScalingPolicyConfiguration = {
        AdjustmentType = "CHANGE_IN_CAPACITY", ScalingAdjustment = 1, CoolDown = 300 } },
        Trigger = { CloudWatchAlarmDefinition = { ComparisonOperator = "LESS_THAN", EvaluationPeriods = 1, MetricName = "YARNMemoryAvailablePercentage",
      Namespace = "AWS/ElasticMapReduce", Period = 300, Statistic = "AVERAGE", Threshold = 15.0, Unit = "PERCENT" } } }]
    })
  }
  autoscaling_role = "EMR_AutoScaling_DefaultRole"
  configurations_json = jsonencode([
    { Classification = "spark-defaults", Properties = { "spark.executor.memory" = "1g" } },
    { Classification = "hadoop-env", Properties = {}, Configurations = [{ Classification = "export", Properties = { HADOOP_HEAPSIZE = "512" } }] },
  ])
  bootstrap_action {
    name = "first"
    path = "s3://code/first.sh"
    args = ["a", "b"]
  }
  bootstrap_action {
    name = "second"
    path = "s3://code/second.sh"
  }
  step {
    name              = "one"
    action_on_failure = "CONTINUE"
    hadoop_jar_step {
      jar  = "command-runner.jar"
      args = ["spark-submit", "s3://code/job.py"]
    }
  }
  step {
    name              = "two"
    action_on_failure = "TERMINATE_CLUSTER"
    hadoop_jar_step {
      jar        = "s3://code/a.jar"
      main_class = "a.B"
      properties = { k = "v" }
    }
  }
  auto_termination_policy { idle_timeout = var.idle }
  step_concurrency_level            = var.concurrency
  keep_job_flow_alive_when_no_steps = true
  termination_protection            = var.protected
  visible_to_all_users              = var.visible
  unhealthy_node_replacement        = var.unhealthy
  ebs_root_volume_size              = 64
  lifecycle {
    # What the provider does not read back after an import.
    ignore_changes = [configurations_json, keep_job_flow_alive_when_no_steps]
  }
  tags = var.tags
}

resource "aws_emr_instance_group" "task" {
  name                = "task"
  cluster_id          = aws_emr_cluster.groups.id
  instance_type       = "m5.xlarge"
  instance_count      = 1
  configurations_json = jsonencode([{ Classification = "yarn-site", Properties = { "yarn.nodemanager.vmem-check-enabled" = "false" } }])
  ebs_config {
    size                 = 40
    type                 = "gp2"
    volumes_per_instance = 1
  }
}
