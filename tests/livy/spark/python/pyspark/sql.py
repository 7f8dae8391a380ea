"""A SparkSession whose SQL is SQLite's, and whose jobs are sleeps."""

import json
import os
import sqlite3
import threading
import time
from types import SimpleNamespace


class SparkContext:
    applicationId = "local-1"

    def __init__(self):
        self._cancelled, self._group, self._jobs = set(), None, {}
        self.added = []

    def setJobGroup(self, group, description):
        time.sleep(0.2)  # a call of the JVM takes its time
        self._group = group

    def cancelJobGroup(self, group):
        self._cancelled.add(group)

    def cancelAllJobs(self):
        self._cancelled.update(self._jobs)

    def addFile(self, uri):
        self.added.append(uri)

    addPyFile = addFile

    def job(self, seconds, tasks=4):
        """A job of this many tasks. Raises when its group is cancelled."""
        group, done = self._group, threading.Event()
        self._jobs[group] = [0, tasks]
        for _ in range(int(seconds * 20)):
            if group in self._cancelled:
                del self._jobs[group]
                raise RuntimeError("Job cancelled")
            self._jobs[group][0] = tasks // 2
            done.wait(0.05)
        self._jobs.pop(group)
        return tasks

    def statusTracker(self):
        jobs = self._jobs
        info = SimpleNamespace(stageIds=[0], status="RUNNING")

        def stage(number):
            done, tasks = next(iter(jobs.values()))
            return SimpleNamespace(numTasks=tasks, numCompletedTasks=done)

        return SimpleNamespace(
            getJobIdsForGroup=lambda group: [group] if group in jobs else [],
            getJobInfo=lambda job: info if job in jobs else None,
            getStageInfo=stage,
        )


class Frame:
    def __init__(self, cursor):
        self._cursor = cursor
        names = [each[0] for each in cursor.description or ()]
        fields = [{"name": name, "type": "string", "nullable": True, "metadata": {}} for name in names]
        self.schema = SimpleNamespace(jsonValue=lambda: {"type": "struct", "fields": fields})

    def take(self, rows):
        return self._cursor.fetchmany(rows)


class SparkSession:
    def __init__(self):
        if os.path.exists(os.environ.get("FAKE_SPARK_FAILS", "/nowhere")):
            raise RuntimeError("no resources")
        self.sparkContext = SparkContext()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self.settings = json.loads(os.environ["SPARK_CONF"])

    def sql(self, query):
        return Frame(self._database.execute(query))

    def stop(self):
        print("stopped", flush=True)


class Builder:
    def config(self, name, value):
        return self

    def getOrCreate(self):
        return SparkSession()


SparkSession.builder = Builder()
