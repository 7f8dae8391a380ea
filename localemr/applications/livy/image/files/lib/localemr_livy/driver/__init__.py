"""The program of a session, which is its Spark driver: it executes statements and reports their outputs.

Python, Scala and SQL share one SparkSession, as in Livy. It runs with the Python of the application, 3.9 or later.
"""
