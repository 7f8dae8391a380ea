"""Why a step failed: the cause, found in the end of its logs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from localemr_node import applications, traces

TAIL = 512 * 1024  # bytes of a log that are read
LONGEST = 1000  # characters of a message

_JAVA = re.compile(rf"({traces.NAME})\b(?:: (.*))?$")
_EXCEPTION = re.compile(rf"{traces.NAME}\b(?::|$)")
_UNCAUGHT = re.compile(rf'^Exception in thread "[^"]*" ({traces.NAME}\b.*)$')
_TRACEBACK = "Traceback (most recent call last)"
_OF_JAVA = "py4j.protocol.Py4JJavaError"
_COMMAND = re.compile(r"^\++ ")
"""A command that a shell with `set -x` shows."""

NO_MAIN_CLASS, NO_CLASS = "Main class not found.", "Class not found."
REASONS = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"FileAlreadyExistsException|[Oo]utput directory \S+ already exists",
         "Output directory already exists."),
        (r"InvalidInputException|Input path does not exist|Path does not exist",
         "Input path does not exist."),
        (r"Failed to load class|Could not find or load main class|no main manifest attribute",
         NO_MAIN_CLASS),
        (r"ClassNotFoundException|NoClassDefFoundError", NO_CLASS),
        (r"OutOfMemoryError|MemoryError|beyond (?:the )?'?\w+'? memory limit|exceeding (?:physical )?memory limits|"
         r"(?i:exit (?:code|status)(?: is)?:? 137)",
         "The job ran out of memory."),
        (r"No space left on device", "No space left on device."),
        (r"Access ?Denied|Status Code: 403", "Access denied."),
        (r"AccessControlException|[Pp]ermission denied", "Permission denied."),
        (r"FileNotFound(?:Exception|Error)|NoSuchKey|[Nn]o such file or directory|JAR does not exist",
         "File not found."),
        (r"NoSuchBucket", "Bucket not found."),
    )
)  # fmt: skip
"""Patterns of messages and their summaries, the more specific ones first. Applications add to them."""
UNKNOWN = "Unknown Error."

Find = Callable[[list[str]], str]
"""Finds a message in the lines of a log; empty when there is none."""


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
        self._heading = bool(document.get("heading"))

    def find(self, lines: list[str], consequence: Callable[[str], bool]) -> str:
        """The message, of the last such line when it is certain, else of the first; empty when there is none. Of what
        stands below several headings, the last that is not only a consequence."""
        numbers = [number for number, line in enumerate(lines) if self._pattern.match(line)]
        if self._heading:
            # The client does not always have the diagnostics: the next record of the log follows.
            numbers = [each for each in numbers if not traces.RECORD.match("".join(lines[each + 1 : each + 2]))]
        if not numbers:
            return ""
        if self._heading:
            messages = [self._below(lines[number + 1 :]) for number in numbers]
            return next((each for each in reversed(messages) if not consequence(each)), messages[-1])
        number = numbers[-1 if self.certain else 0]
        found = self._pattern.match(lines[number])
        message = found[1] if found and self._pattern.groups else lines[number]
        if _EXCEPTION.match(message):
            return traces.root(message, lines[number + 1 :]) or message
        job = self._job.match(message) if self._job else None
        cause = traces.root(message, lines[number + 1 :]) if job else ""
        return f"{job[1]}. {cause}" if job and cause else message

    @staticmethod
    def _below(lines: list[str]) -> str:
        """The exception that a heading announces; of its stack trace the cause."""
        message = next(iter(lines), "").removeprefix("Error: ")
        return traces.root(message, lines[1:]) or message


class Rules:
    """How the applications of the instance explain failures."""

    def __init__(self, failures: Iterable[Mapping[str, Any]]) -> None:
        known = list(failures)

        def all_of(name: str) -> list[re.Pattern[str]]:
            return [re.compile(pattern) for each in known for pattern in each.get(name, ())]

        self.lines = [Line(line) for each in known for line in each["lines"]]
        self._passed_on, self._consequences = all_of("passed_on"), all_of("consequences")
        self._elsewhere, self._launchers = all_of("elsewhere"), all_of("launchers")
        own = [(re.compile(pattern), reason) for each in known for reason, pattern in each["reasons"].items()]
        order = [reason for _, reason in REASONS]
        rank = {reason: order.index(reason) if reason in order else len(order) for _, reason in [*REASONS, *own]}
        self._reasons = sorted([*REASONS, *own], key=lambda each: rank[each[1]])

    def explain(self, logs: Mapping[str, str]) -> Cause:
        """The message with the cause, and a summary of it. `logs` are texts by name, the most trustworthy first.

        A Python traceback's last line counts most, also in standard output: spark-submit writes there the
        output of a driver in client mode. Then come the certain lines of applications, a Java exception that was not
        caught, other lines of applications, the first exception of any kind, and a line with a known reason. What only
        reports another failure comes after all these, and then the last line.
        """
        lines = {log: [line.rstrip() for line in text.splitlines()] for log, text in logs.items()}
        certain = [partial(line.find, consequence=self.only_reports) for line in self.lines if line.certain]
        others = [partial(line.find, consequence=self.only_reports) for line in self.lines if not line.certain]
        finds: list[Find] = [self._python, *certain, self._uncaught, *others, self._java, self._known]
        for accept in (self._is_cause, bool):
            for find in finds:
                for log, found in lines.items():
                    if accept(message := find(found)):
                        return Cause(self._reason(message, found), message[:LONGEST], log)
        for log, found in lines.items():
            if message := _last(found):
                return Cause(self.summary(message), message[:LONGEST], log)
        return Cause(UNKNOWN, "", next(iter(logs)))

    def summary(self, message: str) -> str:
        """EMR's Reason for a message."""
        return next((reason for pattern, reason in self._reasons if pattern.search(message)), UNKNOWN)

    def stands_elsewhere(self, cause: Cause) -> bool:
        """Whether the message only names what failed: the reason is in another log."""
        return not cause.message or any(each.search(cause.message) for each in self._elsewhere)

    def only_reports(self, message: str) -> bool:
        """Whether the message only reports another failure."""
        return any(each.search(message) for each in self._consequences)

    def _is_cause(self, message: str) -> bool:
        return (
            bool(message)
            and not self.only_reports(message)
            and not any(each.search(message) for each in self._elsewhere)
        )

    def _reason(self, message: str, lines: list[str]) -> str:
        """The summary. A class that is missing is the main class when what starts jobs did not find it."""
        reason = self.summary(message)
        number = next((number for number, line in enumerate(lines) if message in line), None)
        if reason != NO_CLASS or number is None:
            return reason
        calls = traces.callers(lines[number + 1 :])
        if not calls:
            return NO_MAIN_CLASS if lines[number].startswith('Exception in thread "main"') else reason
        return NO_MAIN_CLASS if any(each.match(calls[0]) for each in self._launchers) else reason

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
        """The cause of the first exception of this pattern that is one; else of the first."""
        rest = ""
        for number, line in enumerate(lines):
            found = pattern.search(line)
            if not found or traces.FRAME.match(line) or traces.CAUSED_BY.match(line) or traces.HARMLESS.match(line):
                continue
            message = found[0] if whole else found[1]
            inner = next((task for each in self._passed_on if (task := each.search(message))), None)
            message = traces.root(message, lines[number + 1 :]) or (inner[1] if inner else message)
            warned = number > 0 and traces.WARNING.match(lines[number - 1])
            if self._is_cause(message) and not warned:
                return message
            rest = rest or message
        return rest

    def _known(self, lines: list[str]) -> str:
        return next((line for line in lines if self.summary(line) != UNKNOWN and not traces.HARMLESS.match(line)), "")


def rules() -> Rules:
    """The rules of the instance's applications."""
    return Rules(applications.failures())


def explain(logs: Mapping[str, str]) -> Cause:
    """Why a step failed, from these logs, by the rules of the instance's applications."""
    return rules().explain(logs)


def _last(lines: list[str]) -> str:
    """The last line that is part of neither a log's record without a failure nor a stack trace nor a shell's trace."""
    found = [line for line in lines if line and not traces.HARMLESS.match(line) and not traces.FRAME.match(line)]
    return next((line for line in reversed(found) if not _COMMAND.match(line)), found[-1] if found else "")


def warned(text: str) -> str:
    """The exception of the last warning with one: what a task that says nothing else logs of its end."""
    found = (_JAVA.search(line) for line in reversed(text.splitlines()) if traces.WARNING.match(line))
    return next((each[0] for each in found if each), "")


def tail(path: str, size: int = TAIL) -> str:
    """The last `size` bytes of a file as text; empty when there is none."""
    try:
        with open(path, "rb") as file:
            file.seek(0, 2)
            file.seek(max(file.tell() - size, 0))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
