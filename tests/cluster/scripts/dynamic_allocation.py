"""A job whose executors come and go. Prints, as one line of JSON, how many there were, and how often the mapper had run
before and after all executors that wrote shuffle files were gone."""

import json
import threading
import time

from pyspark.sql import SparkSession

context = SparkSession.builder.getOrCreate().sparkContext
mapped = context.accumulator(0)
seen = []
watching = threading.Event()


def executors():
    """How many there are; Spark counts the driver too."""
    return context._jsc.sc().getExecutorMemoryStatus().size() - 1


def none_left():
    """How many are left when there are none, or after a minute."""
    deadline = time.monotonic() + 60
    while executors() and time.monotonic() < deadline:
        time.sleep(0.1)
    return executors()


def watch():
    while not watching.wait(0.1):
        seen.append(executors())


def mapper(number):
    mapped.add(1)
    time.sleep(0.05)
    return number % 7, 1


before = none_left()
counts = context.parallelize(range(400), 8).map(mapper).reduceByKey(lambda left, right: left + right, 4)
thread = threading.Thread(target=watch)
thread.start()
first = sorted(counts.collect())
watching.set()
thread.join()
ran = mapped.value
after = none_left()
second = sorted(counts.collect())
print(
    json.dumps(
        {
            "before": before,
            "most": max(seen),
            "after": after,
            "mapped": [ran, mapped.value],
            "same": first == second,
            "sum": sum(count for _, count in second),
        }
    )
)
