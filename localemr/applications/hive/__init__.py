"""Hive: the metastore, HiveServer2 and the command line, on Tez."""
