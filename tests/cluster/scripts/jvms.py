"""Tells which JVMs of this job have Spark's archived class data mapped, and what they were given.

Usage: jvms.py [FILE]; with FILE it ends when that file is there.
"""

import os
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession


def archived(pid):
    """Whether a process has the archive mapped."""
    return "/cds/spark.jsa" in Path(f"/proc/{pid}/maps").read_text()


def of_executor(_):
    """The same of the JVM that this worker descends from."""
    pid = os.getpid()
    while not os.readlink(f"/proc/{pid}/exe").endswith("/java"):
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return archived(pid)


spark = SparkSession.builder.getOrCreate()
java = spark._jvm.java.lang
executor = spark.sparkContext.parallelize([0], 1).map(of_executor).collect()[0]
print("driver", archived(java.ProcessHandle.current().pid()), "executor", executor, java.System.getProperty("colour"))
print(java.Class.forName("org.postgresql.Driver").getName())
patience = time.monotonic() + 120
while sys.argv[1:] and not Path(sys.argv[1]).exists() and time.monotonic() < patience:
    time.sleep(0.1)
