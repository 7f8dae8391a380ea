"""Stack traces of Java in a log: where one begins and ends, and which of its exceptions is the cause."""

from __future__ import annotations

import re

NAME = r"(?:[a-z_][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error|Failure)"
"""A class name of an exception."""
CAUSED_BY = re.compile(r"^\s*Caused by: (.*)$")
FRAME = re.compile(r"^\s+at |^\s+\.\.\. \d+ more|^\s+Suppressed: |^Driver stacktrace:")
RECORD = re.compile(r"^\d{2}/\d{2}/\d{2} |^\d{4}-\d{2}-\d{2}[T ]|^Exception in thread ")
"""The first line of a record of a log."""
HARMLESS = re.compile(r"^\S+\s+(?:\S+\s+)?(?:WARN|INFO|DEBUG)\s")
WARNING = re.compile(r"^\S+\s+(?:\S+\s+)?WARN\s")
_METHOD = re.compile(r"^\s+at (?:[\w.@-]+/)?([\w.$<>]+)\(")
_OF_JAVA = re.compile(r"(?:java|javax|jdk|sun|com\.sun)\.")
LONGEST = 200
"""Lines of a message before its first frame."""


def causes(after: list[str]) -> list[str]:
    """What `Caused by` names, outermost first, in the stack trace that these lines continue. Messages may have several
    lines: they end at the first frame."""
    found: list[str] = []
    in_message = True
    for number, line in enumerate(after):
        if named := CAUSED_BY.match(line):
            found.append(named[1])
            in_message = True
        elif FRAME.match(line):
            in_message = False
        elif line and (not in_message or RECORD.match(line) or number > LONGEST or not _has_frames(after, number)):
            break
    return found


def _has_frames(lines: list[str], start: int) -> bool:
    """Whether a stack trace follows these lines of a message."""
    for line in lines[start : start + LONGEST]:
        if FRAME.match(line) or CAUSED_BY.match(line):
            return True
        if RECORD.match(line):
            return False
    return False


def root(message: str, after: list[str]) -> str:
    """The root cause of an exception with this message. Not the last one, where the one before has its text and more:
    `Cannot run program "x": error=2, No such file or directory`. Empty when no cause is named."""
    found = causes(after)
    if not found:
        return ""
    chain = [message, *found]
    while len(chain) > 1 and _tells_more(chain[-2], chain[-1]):
        chain.pop()
    return chain[-1]


def _tells_more(outer: str, inner: str) -> bool:
    text = inner.partition(": ")[2]
    return bool(text) and outer.endswith(f": {text}") and not outer.endswith(inner) and outer.partition(": ")[2] != text


def callers(after: list[str]) -> list[str]:
    """The methods of the stack trace that these lines begin, innermost first, without Java's own."""
    found: list[str] = []
    for line in after:
        if not FRAME.match(line):
            break
        method = _METHOD.match(line)
        if method and not _OF_JAVA.match(method[1]):
            found.append(method[1])
    return found
