"""Trino: a coordinator on the master and workers, over the cluster's Hive metastore or the shared catalog."""
