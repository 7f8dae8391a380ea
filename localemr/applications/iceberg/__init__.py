"""Iceberg: tables with snapshots."""
