"""ZooKeeper (docs/hbase.md)."""
