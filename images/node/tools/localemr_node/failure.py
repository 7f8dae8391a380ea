"""Why a step failed: the cause, found in the end of its logs."""

from __future__ import annotations

import re
from typing import NamedTuple

TAIL = 512 * 1024  # bytes of a log that are looked at
LONGEST = 1000  # characters of a message

_JAVA = re.compile(r"((?:[a-z_][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error|Failure))\b(?:: (.*))?$")
_PYTHON = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit))(?:: (.*))?$")
_CAUSED_BY = re.compile(r"^\s*Caused by: (.*)$")
_FRAME = re.compile(r"^\s+at |^\s+\.\.\. \d+ more|^\s+Suppressed: ")

REASONS = {
    "FileAlreadyExistsException": "Output directory already exists.",
    "FileNotFoundException": "File not found.",
    "InvalidInputException": "Input path does not exist.",
    "ClassNotFoundException": "Main class not found.",
    "OutOfMemoryError": "The job ran out of memory.",
    "AccessDeniedException": "Access denied.",
    "AccessControlException": "Permission denied.",
}
UNKNOWN = "Unknown Error."


class Cause(NamedTuple):
    """Why a step failed: FailureDetails' reason and message, and which of its logs says so."""

    reason: str
    message: str
    log: str


def explain(stderr: str, stdout: str = "") -> Cause:
    """A summary by the exception's class, and the exception itself.

    A Python traceback's last line counts most, also in standard output: spark-submit writes there what a driver in
    client mode says. Then comes the cause of the first Java exception, and then the last line.
    """
    logs = {"stderr": _lines(stderr), "stdout": _lines(stdout)}
    for find in (_python, _java, _last):
        for log, lines in logs.items():
            if message := find(lines):
                name = re.split(r"[:\s]", message, maxsplit=1)[0].rsplit(".", 1)[-1]
                return Cause(REASONS.get(name, UNKNOWN), message[:LONGEST], log)
    return Cause(UNKNOWN, "", "stderr")


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def _last(lines: list[str]) -> str:
    return next((line for line in reversed(lines) if line), "")


def _python(lines: list[str]) -> str:
    traceback = max((n for n, line in enumerate(lines) if line.startswith("Traceback (most recent")), default=None)
    if traceback is None:
        return ""
    for line in lines[traceback + 1 :]:
        if _PYTHON.match(line):
            return line
    return ""


def _java(lines: list[str]) -> str:
    for number, line in enumerate(lines):
        if (found := _JAVA.search(line)) and not _FRAME.match(line):
            return _root_cause(lines[number + 1 :]) or found[0]
    return ""


def _root_cause(after: list[str]) -> str:
    """The last `Caused by` of the stack trace that goes on in these lines."""
    cause = ""
    for line in after:
        if found := _CAUSED_BY.match(line):
            cause = found[1]
        elif not _FRAME.match(line):
            break
    return cause


def tail(path: str, size: int = TAIL) -> str:
    """The last `size` bytes of a file as text; empty when there is none."""
    try:
        with open(path, "rb") as file:
            file.seek(0, 2)
            file.seek(max(file.tell() - size, 0))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
