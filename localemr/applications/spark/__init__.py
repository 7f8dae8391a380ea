"""Spark on YARN."""
