"""Livy's server in tests: a real process, with a `spark-submit` that runs programs of Python without Spark, and a
ResourceManager that knows what it started."""
