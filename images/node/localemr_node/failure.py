"""Why a step failed: the cause, found in the end of its logs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

TAIL = 512 * 1024  # bytes of a log that are looked at
LONGEST = 1000  # characters of a message

_NAME = r"(?:[a-z_][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error|Failure)"
_JAVA = re.compile(rf"({_NAME})\b(?:: (.*))?$")
_UNCAUGHT = re.compile(rf'^Exception in thread "[^"]*" ({_NAME}\b.*)$')
_ERROR_CLASS = re.compile(r"^(?:Error in query: )?\[[A-Z][A-Z_.]{3,}\] ")
"""How the messages of Spark SQL begin."""
_HIVE = re.compile(r"^(?:Error: .*)?(FAILED: (?:Execution Error|Hive Internal Error|\w+(?:Exception|Error))\b.*)$")
"""What the Hive CLI and beeline say of a statement that failed."""
_HIVE_JOB = re.compile(r"^(FAILED: Execution Error, return code -?\d+ from [\w.$]+)\b.*\b(?:Vertex|DAG|Task) .*failed")
"""The same of a job: a vertex's diagnostics follow, with the stack trace of a task."""
_CAUSED_BY = re.compile(r"^\s*Caused by: (.*)$")
_FRAME = re.compile(r"^\s+at |^\s+\.\.\. \d+ more|^\s+Suppressed: |^Driver stacktrace:")
_HARMLESS = re.compile(r"^\S+ \S+ (?:WARN|INFO|DEBUG) |^\S+ (?:WARN|INFO|DEBUG) ")
_LOST_TASK = re.compile(r"Job aborted.*most recent failure: Lost task \S+ in stage \S+ \(TID \d+\) \([^)]*\): (.*)$")
_CONSEQUENCE = re.compile(
    r"Application application_\d+_\d+ (?:finished with|failed)|SparkUserAppException|ExitCodeException"
)
"""Exceptions that say no more than that something else went wrong."""
_TRACEBACK = "Traceback (most recent call last)"
_OF_JAVA = "py4j.protocol.Py4JJavaError"

REASONS = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"FileAlreadyExistsException|PATH_ALREADY_EXISTS|[Oo]utput directory \S+ already exists",
         "Output directory already exists."),
        (r"InvalidInputException|PATH_NOT_FOUND|Input path does not exist|Path does not exist",
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
"""Patterns of messages and their summaries, the more telling ones first."""
UNKNOWN = "Unknown Error."


class Cause(NamedTuple):
    """Why a step failed: FailureDetails' reason and message, and which of its logs says so."""

    reason: str
    message: str
    log: str


def explain(logs: Mapping[str, str]) -> Cause:
    """The message that says why, and a summary of it. `logs` are texts by name, those to be believed first.

    A Python traceback's last line counts most, also in standard output: spark-submit writes there what a driver in
    client mode says. Then comes what Hive says of a statement, the Java exception that nobody caught, what Spark SQL
    found wrong with a query, the first exception of any kind, a line that tells a known reason, and then the last line.
    """
    lines = {log: [line.rstrip() for line in text.splitlines()] for log, text in logs.items()}
    for find in (_python, _hive, _uncaught, _spark_sql, _java, _known, _last):
        for log, found in lines.items():
            if message := find(found):
                return Cause(summary(message), message[:LONGEST], log)
    return Cause(UNKNOWN, "", next(iter(logs)))


def summary(message: str) -> str:
    """EMR's Reason for a message."""
    return next((reason for pattern, reason in REASONS if pattern.search(message)), UNKNOWN)


def _python(lines: list[str]) -> str:
    """What the last traceback ends with. Of a Java exception that Python passes on, the cause."""
    start = max((n for n, line in enumerate(lines) if _TRACEBACK in line), default=None)
    if start is None:
        return ""
    end = next((n for n in range(start + 1, len(lines)) if lines[n] and not lines[n][0].isspace()), None)
    if end is None:
        return ""
    passed_on = _java(lines[end + 1 :]) if lines[end].startswith(_OF_JAVA) else ""
    return passed_on or lines[end]


def _hive(lines: list[str]) -> str:
    """What Hive says of the last statement, and what made its job's first task fail."""
    number = max((n for n, line in enumerate(lines) if _HIVE.match(line)), default=None)
    if number is None:
        return ""
    message = _HIVE.sub(r"\1", lines[number])
    job = _HIVE_JOB.match(message)
    cause = _root_cause(lines[number + 1 :]) if job else ""
    return f"{job[1]}. {cause}" if job and cause else message


def _uncaught(lines: list[str]) -> str:
    return _first(lines, _UNCAUGHT)


def _spark_sql(lines: list[str]) -> str:
    return next((line for line in lines if _ERROR_CLASS.match(line)), "")


def _java(lines: list[str]) -> str:
    return _first(lines, _JAVA, whole=True)


def _first(lines: list[str], pattern: re.Pattern[str], whole: bool = False) -> str:
    """The cause of the first exception of this pattern that is one."""
    for number, line in enumerate(lines):
        found = pattern.search(line)
        if not found or _FRAME.match(line) or _CAUSED_BY.match(line) or _HARMLESS.match(line):
            continue
        message = found[0] if whole else found[1]
        if task := _LOST_TASK.search(message):
            message = task[1]
        message = _root_cause(lines[number + 1 :]) or message
        if not _CONSEQUENCE.search(message):
            return message
    return ""


def _root_cause(after: list[str]) -> str:
    """The last `Caused by` of the stack trace that goes on in these lines."""
    cause = ""
    for line in after:
        if found := _CAUSED_BY.match(line):
            cause = found[1]
        elif line and not _FRAME.match(line):
            break
    return cause


def _known(lines: list[str]) -> str:
    return next((line for line in lines if summary(line) != UNKNOWN), "")


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
