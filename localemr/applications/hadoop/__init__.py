"""Hadoop: HDFS, YARN and MapReduce."""
