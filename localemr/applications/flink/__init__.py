"""Flink: jobs on YARN, and the history server on the master."""
