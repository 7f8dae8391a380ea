"""How an application explains that a job of it failed: data, which instances get as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FailureLine:
    """How a line in the logs of a failed step begins that says why. Regular expressions of Python.

    The message is group 1 of `pattern`, or the whole line without one. A `certain` line counts before an exception that
    was not caught, and the last one counts; else the first one counts, after such an exception. `job` matches messages
    that only say which job failed: group 1 stays, and the cause is the root cause of the stack trace that follows.
    """

    pattern: str
    certain: bool = False
    job: str = ""


@dataclass(frozen=True)
class Failures:
    """How failures of an application's jobs are explained, from their logs. Regular expressions of Python.

    `passed_on` find, as group 1, the exception inside a message about another one. `consequences` find messages that
    only say that something else failed. `reasons` are additional patterns for EMR's reasons of failed steps.
    """

    lines: tuple[FailureLine, ...] = ()
    passed_on: tuple[str, ...] = ()
    consequences: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
