"""Why a step failed: the cause, found in the end of its logs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from localemr_node import applications

TAIL = 512 * 1024  # bytes of a log that are read
LONGEST = 1000  # characters of a message

_NAME = r"(?:[a-z_][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error|Failure)"
_JAVA = re.compile(rf"({_NAME})\b(?:: (.*))?$")
_UNCAUGHT = re.compile(rf'^Exception in thread "[^"]*" ({_NAME}\b.*)$')
_CAUSED_BY = re.compile(r"^\s*Caused by: (.*)$")
_FRAME = re.compile(r"^\s+at |^\s+\.\.\. \d+ more|^\s+Suppressed: |^Driver stacktrace:")
_HARMLESS = re.compile(r"^\S+ \S+ (?:WARN|INFO|DEBUG) |^\S+ (?:WARN|INFO|DEBUG) ")
_TRACEBACK = "Traceback (most recent call last)"
_OF_JAVA = "py4j.protocol.Py4JJavaError"

REASONS = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"FileAlreadyExistsException|[Oo]utput directory \S+ already exists",
         "Output directory already exists."),
        (r"InvalidInputException|Input path does not exist|Path does not exist",
         "Input path does not exist."),
        (r"ClassNotFoundException|NoClassDefFoundError|Failed to load class", "Main class not found."),
        (r"OutOfMemoryError|MemoryError|running beyond the '?\w+'? memory limit|exceeding (?:physical )?memory limits",
         "The job ran out of memory."),
        (r"AccessDenied", "Access denied."),
        (r"AccessControlException|[Pp]ermission denied", "Permission denied."),
        (r"FileNotFound(?:Exception|Error)|NoSuchKey|[Nn]o such file or directory|JAR does not exist",
         "File not found."),
        (r"NoSuchBucket", "Bucket not found."),
    )
)  # fmt: skip
"""Patterns of messages and their summaries, the more specific ones first. Applications add to them."""
UNKNOWN = "Unknown Error."


class Cause(NamedTuple):
    """Why a step failed: FailureDetails' reason and message, and the log in which they were found."""

    reason: str
    message: str
    log: str


class Line:
    """A line by which an application reports why a job failed: how it begins."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.certain = bool(document["certain"])
        self._pattern = re.compile(document["pattern"])
        self._job = re.compile(document["job"]) if document["job"] else None

    def find(self, lines: list[str]) -> str:
        """The message, of the last such line when it is certain, else of the first; empty when there is none."""
        numbers = [number for number, line in enumerate(lines) if self._pattern.match(line)]
        if not numbers:
            return ""
        number = numbers[-1 if self.certain else 0]
        found = self._pattern.match(lines[number])
        message = found[1] if found and self._pattern.groups else lines[number]
        job = self._job.match(message) if self._job else None
        cause = _root_cause(lines[number + 1 :]) if job else ""
        return f"{job[1]}. {cause}" if job and cause else message


class Rules:
    """How the applications of the instance explain failures."""

    def __init__(self, failures: Iterable[Mapping[str, Any]]) -> None:
        known = list(failures)
        self.lines = [Line(line) for each in known for line in each["lines"]]
        self._passed_on = [re.compile(pattern) for each in known for pattern in each["passed_on"]]
        self._consequences = [re.compile(pattern) for each in known for pattern in each["consequences"]]
        own = [(re.compile(pattern), reason) for each in known for reason, pattern in each["reasons"].items()]
        order = [reason for _, reason in REASONS]
        rank = {reason: order.index(reason) if reason in order else len(order) for _, reason in [*REASONS, *own]}
        self._reasons = sorted([*REASONS, *own], key=lambda each: rank[each[1]])

    def explain(self, logs: Mapping[str, str]) -> Cause:
        """The message with the cause, and a summary of it. `logs` are texts by name, the most trustworthy first.

        A Python traceback's last line counts most, also in standard output: spark-submit writes there the
        output of a driver in client mode. Then come the certain lines of applications, a Java exception that was not
        caught, other lines of applications, the first exception of any kind, a line with a known reason, and then the
        last line.
        """
        lines = {log: [line.rstrip() for line in text.splitlines()] for log, text in logs.items()}
        certain = [line.find for line in self.lines if line.certain]
        others = [line.find for line in self.lines if not line.certain]
        for find in (self._python, *certain, self._uncaught, *others, self._java, self._known, _last):
            for log, found in lines.items():
                if message := find(found):
                    return Cause(self.summary(message), message[:LONGEST], log)
        return Cause(UNKNOWN, "", next(iter(logs)))

    def summary(self, message: str) -> str:
        """EMR's Reason for a message."""
        return next((reason for pattern, reason in self._reasons if pattern.search(message)), UNKNOWN)

    def _python(self, lines: list[str]) -> str:
        """What the last traceback ends with. Of a Java exception that Python passes on, the cause."""
        start = max((n for n, line in enumerate(lines) if _TRACEBACK in line), default=None)
        if start is None:
            return ""
        end = next((n for n in range(start + 1, len(lines)) if lines[n] and not lines[n][0].isspace()), None)
        if end is None:
            return ""
        passed_on = self._java(lines[end + 1 :]) if lines[end].startswith(_OF_JAVA) else ""
        return passed_on or lines[end]

    def _uncaught(self, lines: list[str]) -> str:
        return self._first(lines, _UNCAUGHT)

    def _java(self, lines: list[str]) -> str:
        return self._first(lines, _JAVA, whole=True)

    def _first(self, lines: list[str], pattern: re.Pattern[str], whole: bool = False) -> str:
        """The cause of the first exception of this pattern that is one."""
        for number, line in enumerate(lines):
            found = pattern.search(line)
            if not found or _FRAME.match(line) or _CAUSED_BY.match(line) or _HARMLESS.match(line):
                continue
            message = found[0] if whole else found[1]
            inner = next((task for each in self._passed_on if (task := each.search(message))), None)
            message = _root_cause(lines[number + 1 :]) or (inner[1] if inner else message)
            if not any(each.search(message) for each in self._consequences):
                return message
        return ""

    def _known(self, lines: list[str]) -> str:
        return next((line for line in lines if self.summary(line) != UNKNOWN), "")


def explain(logs: Mapping[str, str]) -> Cause:
    """Why a step failed, from these logs, by the rules of the instance's applications."""
    return Rules(applications.failures()).explain(logs)


def _root_cause(after: list[str]) -> str:
    """The last `Caused by` of the stack trace that continues in these lines."""
    cause = ""
    for line in after:
        if found := _CAUSED_BY.match(line):
            cause = found[1]
        elif line and not _FRAME.match(line):
            break
    return cause


def _last(lines: list[str]) -> str:
    return next((line for line in reversed(lines) if line and not _HARMLESS.match(line) and not _FRAME.match(line)), "")


def tail(path: str, size: int = TAIL) -> str:
    """The last `size` bytes of a file as text; empty when there is none."""
    try:
        with open(path, "rb") as file:
            file.seek(0, 2)
            file.seek(max(file.tell() - size, 0))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
