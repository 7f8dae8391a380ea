"""The demo: a cluster, a Spark step over S3, and its result compared with plain Python's."""
