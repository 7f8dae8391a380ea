"""Why an application on YARN failed, from the logs of its containers: its client only reports that it failed."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping

from localemr_node import yarn
from localemr_node.failure import LONGEST, Cause, Rules, warned

PAUSE = 0.3
WITHIN = 600  # seconds for one command
SIZE = 256 * 1024  # bytes of each log, its end
MASTER_SIZE = 4 * 1024 * 1024
"""Of a master's logs, which name the container of every task when it starts: far before the end of a long job."""
MOST_CONTAINERS = 3
_CONTAINER = re.compile(r"^Container: (container_\S+) on ")
_TYPE = re.compile(r"^LogType:(\S+)$")
_ASSIGNED = re.compile(r"Assigned container (container_\S+) to (attempt_\S+)")
_FAILED_TASK = re.compile(r"\b(task_\S+) Task Transitioned from \w+ to FAILED")
_FAILED_ATTEMPT = re.compile(r"Diagnostics report from (attempt_\S+?):")

Read = Callable[..., str]
"""What `yarn logs` prints with these arguments."""


def cause(application: str, rules: Rules, read: Read | None = None) -> Cause | None:
    """Why the application failed; the log is `containers/<application>/<container>/<name>`. None: no log has a cause.

    Its logs are awaited: YARN collects them after its end.
    """
    read = read or _yarn_logs
    described = yarn.awaited(lambda: yarn.application(application))
    while described.get("logAggregationStatus", "DISABLED") not in yarn.AGGREGATED:
        time.sleep(PAUSE)
        described = yarn.awaited(lambda: yarn.application(application))
    first: Cause | None = None
    for each in _causes(application, rules, described.get("diagnostics", "").strip(), read):
        if each.message and not rules.stands_elsewhere(each):
            return each
        first = first or (each if each.message and not rules.only_reports(each.message) else None)
    return first


def _causes(application: str, rules: Rules, words: str, read: Read) -> Iterator[Cause]:
    """The causes that tasks, application masters and YARN itself report, the most certain first.

    The log of an application master counts only where no task's log is there: much else in it reads like a failure.
    """
    masters = split(read("-am", "ALL", application), application)
    tasks = False
    for logs in _tasks(masters, application, read):
        tasks = True
        yield _explain(rules, logs)
    if masters and not tasks:
        yield rules.explain(masters)
    if words:
        found = rules.explain({"stderr": words})
        yield found._replace(message=found.message or words)


def _explain(rules: Rules, logs: Mapping[str, str]) -> Cause:
    """The cause in a task's logs. Its own output comes first: its syslog only has that the process ended."""
    order = ("stderr", "stdout", "syslog")
    found = rules.explain({name: logs[name] for name in sorted(logs, key=lambda name: order.index(_type(name)))})
    if found.message:
        return found
    ends = ((warned(text), log) for log, text in logs.items())
    return next((Cause(rules.summary(end), end[:LONGEST], log) for end, log in ends if end), found)


def _tasks(masters: Mapping[str, str], application: str, read: Read) -> Iterator[dict[str, str]]:
    """The logs of the tasks of a MapReduce job that failed, the last attempt first."""
    log = "\n".join(text for name, text in masters.items() if _type(name) == "syslog")
    for container in failed_containers(log)[:MOST_CONTAINERS]:
        if logs := split(read("-containerId", container, application), application):
            yield logs


def failed_containers(log: str) -> list[str]:
    """The containers of the attempts for which a MapReduce job failed, the last attempt first, from the log of its
    application master."""
    task = next(reversed(_FAILED_TASK.findall(log)), "")
    attempts = _FAILED_ATTEMPT.findall(log)
    containers = {attempt: container for container, attempt in _ASSIGNED.findall(log)}
    own = [each for each in attempts if each.startswith(task.replace("task_", "attempt_"))]
    return [containers[each] for each in dict.fromkeys(reversed(own)) if each in containers]


def split(text: str, application: str) -> dict[str, str]:
    """The logs in what `yarn logs` prints, those of standard output first."""
    logs: dict[str, list[str]] = {}
    container = name = None
    inside = False
    for line in text.splitlines():
        if found := _CONTAINER.match(line):
            container = found[1]
        elif found := _TYPE.match(line):
            name, inside = found[1], False
        elif line == "LogContents:" and container and name:
            inside = True
        elif name and line.startswith(f"End of LogType:{name}"):
            inside = False
        elif inside:
            logs.setdefault(f"containers/{application}/{container}/{name}", []).append(line)
    order = ("stdout", "stderr", "syslog")
    known = [log for log in logs if _type(log) in order]
    return {log: "\n".join(logs[log]) for log in sorted(known, key=lambda log: order.index(_type(log)))}


def _type(log: str) -> str:
    return log.rsplit("/", 1)[1]


def _yarn_logs(which: str, value: str, application: str) -> str:
    command = ["yarn", "logs", "-applicationId", application, which, value, "-log_files", "stdout,stderr,syslog"]
    command += ["-size", f"-{MASTER_SIZE if which == '-am' else SIZE}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=WITHIN, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
