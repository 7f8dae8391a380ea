"""How an application explains the failure of its jobs: data that instances receive as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FailureLine:
    """The beginning of lines, in the logs of a failed step, that give the cause. Regular expressions of Python.

    The message is group 1 of `pattern`, or the whole line without one. A `certain` line takes precedence over an
    uncaught exception, and the last one counts. Other lines come after such an exception, and the first one counts.
    `job` matches messages that only name the failed job: group 1 is retained, and the cause is the root cause of the
    stack trace that follows. Below a `heading` stands the message, an exception with its stack trace.
    """

    pattern: str
    certain: bool = False
    job: str = ""
    heading: bool = False


@dataclass(frozen=True)
class Failures:
    """How failures of an application's jobs are explained from their logs. Regular expressions of Python.

    `passed_on` find, as group 1, the exception inside a message about another one. `consequences` find messages that
    only report another failure. `elsewhere` find messages whose reason is in another log: another one of the step's, or
    that of a container of a failed application on YARN. `launchers` match the methods that load a job's main class.
    `reasons` are additional patterns for EMR's reasons of failed steps.
    """

    lines: tuple[FailureLine, ...] = ()
    passed_on: tuple[str, ...] = ()
    consequences: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    launchers: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
