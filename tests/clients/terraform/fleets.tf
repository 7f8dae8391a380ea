resource "aws_emr_cluster" "fleets" {
  name          = "fleets"
  release_label = "emr-7.13.0"
  applications  = ["Spark"]
  service_role  = "EMR_DefaultRole"
  ec2_attributes { instance_profile = "EMR_EC2_DefaultRole" }
  master_instance_fleet {
    instance_type_configs { instance_type = "m5.xlarge" }
    target_on_demand_capacity = 1
  }
  core_instance_fleet {
    name = "core"
    instance_type_configs {
      instance_type                              = "m5.xlarge"
      weighted_capacity                          = 1
      bid_price_as_percentage_of_on_demand_price = 80
      ebs_config {
        size                 = 100
        type                 = "gp2"
        volumes_per_instance = 1
      }
      configurations {
        classification = "spark-defaults"
        properties     = { "spark.executor.memory" = "1g" }
      }
    }
    instance_type_configs {
      instance_type     = "m5.2xlarge"
      weighted_capacity = 2
    }
    launch_specifications {
      spot_specification {
        allocation_strategy      = "capacity-optimized"
        block_duration_minutes   = 0
        timeout_action           = "SWITCH_TO_ON_DEMAND"
        timeout_duration_minutes = 10
      }
    }
    target_on_demand_capacity = 1
    target_spot_capacity      = 1
  }
}

resource "aws_emr_instance_fleet" "task" {
  cluster_id = aws_emr_cluster.fleets.id
  name       = "task"
  instance_type_configs {
    instance_type     = "m5.xlarge"
    weighted_capacity = 1
  }
  launch_specifications {
    on_demand_specification { allocation_strategy = "lowest-price" }
  }
  target_on_demand_capacity = var.core
  target_spot_capacity      = 0
}

resource "aws_emr_managed_scaling_policy" "this" {
  cluster_id = aws_emr_cluster.fleets.id
  compute_limits {
    unit_type                       = "InstanceFleetUnits"
    minimum_capacity_units          = 2
    maximum_capacity_units          = 4
    maximum_ondemand_capacity_units = 3
    maximum_core_capacity_units     = 3
  }
}
