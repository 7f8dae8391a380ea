"""HBase (docs/hbase.md)."""
