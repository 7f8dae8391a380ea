resource "aws_cloudwatch_metric_alarm" "full" {
  alarm_name          = "hdfs-full"
  alarm_description   = "HDFS is nearly full"
  namespace           = "AWS/ElasticMapReduce"
  metric_name         = "HDFSUtilization"
  dimensions          = { JobFlowId = aws_emr_cluster.groups.id }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 2
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 80
  alarm_actions       = ["arn:aws:sns:us-east-1:000000000000:ops"]
  tags                = { team = "data" }
}
