"""What runs inside a node container. Python's standard library only; the tools that talk to S3 use minio as well."""
