"""Livy: its REST API for batches and sessions of Spark, by a server on the master."""
