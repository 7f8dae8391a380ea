"""The demo: a cluster, a Spark step over S3, and its answer checked against plain Python."""
