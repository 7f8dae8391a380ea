"""A session's program: makes the SparkSession, connects to the server, executes statements until it is to stop."""

from __future__ import annotations

import os
import queue
import signal
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any

from localemr_livy.driver.connection import Connection
from localemr_livy.driver.jobs import Jobs
from localemr_livy.driver.outputs import failed
from localemr_livy.driver.python_code import Python
from localemr_livy.driver.scala_code import Scala
from localemr_livy.driver.sql_code import Sql

STOP_SECONDS = 20.0
"""Seconds that Spark gets to stop."""
LOOK = 0.5  # seconds between two looks at a statement's progress


def now_ms() -> int:
    """The time in milliseconds."""
    return int(time.time() * 1000)


class Program:
    """The interpreters of a session, and the statements that they execute in the main thread."""

    def __init__(self, spark: Any, connection: Connection, rows: int, cancel_seconds: float) -> None:
        self._spark, self._connection, self._cancel_seconds = spark, connection, cancel_seconds
        python = Python(names(spark))
        # Spark sends functions of this module to executors by value.
        sys.modules["__main__"] = python.module
        self._made: dict[str, Any] = {"pyspark": python, "sql": Sql(spark, rows)}
        self._waiting: queue.Queue[dict[str, Any]] = queue.Queue()
        self._cancelled: set[int] = set()
        self._lock = threading.Lock()
        """Held to change `_cancelled` or `_current`: a statement is either not begun or can be cancelled."""
        self._current: tuple[int, Jobs, threading.Event] | None = None
        self._interruptible = False
        signal.signal(signal.SIGINT, self._interrupted)

    def _interrupted(self, number: int, frame: Any) -> None:
        if self._interruptible:
            raise KeyboardInterrupt("the statement was cancelled")

    # In the main thread.

    def run(self) -> None:
        """Execute statements, without end."""
        while True:
            message = self._waiting.get()
            self._statement(int(message["id"]), message["kind"], message["code"])

    def _statement(self, number: int, kind: str, code: str) -> None:
        jobs, done = Jobs(self._spark, number, kind), threading.Event()
        with self._lock:
            if number in self._cancelled:
                return
            self._current = (number, jobs, done)
        self._report(number, state="running", started=now_ms())
        threading.Thread(target=self._watch, args=(number, jobs, done), daemon=True).start()
        output = self._output(kind, code)
        self._current = None
        done.set()
        if number in self._cancelled:
            _new_connection(self._spark)
        output = {**output, "execution_count": number}
        self._report(number, state="available", output=output, progress=1.0, completed=now_ms())

    def _output(self, kind: str, code: str) -> dict[str, Any]:
        try:
            self._interruptible = True
            interpreter = self._interpreter(kind)
            output: dict[str, Any] = interpreter.run(code)
            self._interruptible = False
            return output
        except BaseException as error:  # also an interruption between two of its instructions
            self._interruptible = False
            traceback.print_exc()
            return failed(type(error).__name__, str(error))

    def _interpreter(self, kind: str) -> Any:
        if kind not in self._made:
            self._made[kind] = Scala(self._spark)
        return self._made[kind]

    def _watch(self, number: int, jobs: Jobs, done: threading.Event) -> None:
        last = 0.0
        while not done.wait(LOOK):
            try:
                progress = jobs.progress()
            except Exception:  # Spark has been stopped
                return
            if progress != last:
                last = progress
                self._report(number, progress=progress)

    def _report(self, number: int, **change: Any) -> None:
        self._connection.send({"statement": {"id": number, **change}})

    # In the thread that reads.

    def read(self) -> None:
        """Take the server's messages, and end the program after the last one."""
        does: dict[str, Callable[[dict[str, Any]], None]] = {
            "run": self._waiting.put,
            "cancel": self._cancel,
            "complete": lambda message: threading.Thread(target=self._complete, args=(message,), daemon=True).start(),
            "add": self._add,
        }
        for message in self._connection.messages():
            if message["do"] == "stop":
                break
            try:
                does[message["do"]](message)
            except Exception:
                traceback.print_exc()
        self.end()

    def _cancel(self, message: dict[str, Any]) -> None:
        number = int(message["id"])
        with self._lock:
            self._cancelled.add(number)
            current = self._current
        if current is not None and current[0] == number:
            threading.Thread(target=self._cancel_now, args=current, daemon=True).start()

    def _cancel_now(self, number: int, jobs: Jobs, done: threading.Event) -> None:
        if not jobs.cancel(done, self._cancel_seconds):
            self._report(number, state="cancelled", progress=1.0, completed=now_ms())

    def _complete(self, message: dict[str, Any]) -> None:
        found: list[str] = []
        try:
            if (interpreter := self._made.get(message["kind"])) is not None:
                found = interpreter.complete(message["code"], int(message["cursor"]))
        except Exception:
            traceback.print_exc()
        self._connection.send({"completion": message["number"], "candidates": found})

    def _add(self, message: dict[str, Any]) -> None:
        context = self._spark.sparkContext
        add = {"jar": lambda uri: context._jsc.addJar(uri), "pyfile": context.addPyFile, "file": context.addFile}
        add[message["what"]](message["uri"])

    def end(self) -> None:
        """Stop Spark and end the process, whatever runs in it."""
        timer = threading.Timer(STOP_SECONDS, os._exit, args=(1,))
        timer.daemon = True
        timer.start()
        try:
            self._spark.sparkContext.cancelAllJobs()
            self._spark.stop()
        except Exception:
            traceback.print_exc()
        finally:
            sys.__stderr__.flush()  # type: ignore[union-attr]
            os._exit(0)


def names(spark: Any) -> dict[str, Any]:
    """What Python statements find defined."""
    found = {"spark": spark, "sc": spark.sparkContext, "sql": spark.sql}
    try:
        from pyspark.sql import SQLContext

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found["sqlContext"] = SQLContext(spark.sparkContext, spark)
    except ImportError:
        pass
    return found


def _new_connection(spark: Any) -> None:
    """Another connection of this thread to the JVM: a statement that was interrupted may have left an answer unread."""
    gateway = getattr(spark.sparkContext, "_gateway", None)
    own = getattr(getattr(gateway, "_gateway_client", None), "get_thread_connection", None)
    if own is not None and (connection := own()) is not None:
        connection.close()


def main(arguments: dict[str, Any]) -> None:
    """The program of a session. `arguments` are from the server (livy.py)."""
    from pyspark.sql import SparkSession

    folder = tempfile.mkdtemp(prefix="livy-repl-")
    spark = SparkSession.builder.config("spark.repl.class.outputDir", folder).getOrCreate()
    connection = Connection(arguments["host"], arguments["port"], arguments["connect_seconds"])
    hello = {name: arguments[name] for name in ("session", "secret")}
    connection.send({**hello, "application": spark.sparkContext.applicationId})
    program = Program(spark, connection, arguments["rows"], arguments["cancel_seconds"])
    threading.Thread(target=program.read, name="server", daemon=True).start()
    program.run()
