"""As much of PySpark's names as Livy's driver uses, without Spark."""
