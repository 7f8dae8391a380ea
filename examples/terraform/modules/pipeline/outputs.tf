output "cluster" {
  description = "Id of the cluster."
  value       = aws_emr_cluster.this.id
}

output "bucket" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.this.bucket
}
