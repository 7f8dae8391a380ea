"""A server with Apache Livy's REST API, on the master of a cluster. Python's standard library alone.

The API is that of Livy's documentation (https://livy.apache.org/docs/latest/rest-api.html); states, messages and
defaults are Livy's. A batch is a `spark-submit`; a session is one too, whose program (`driver`) connects to this server
and executes statements.
"""
