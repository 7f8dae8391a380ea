"""From a step's HadoopJarStep to the command that carries it out (emr-behaviour §4.6)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

HELPERS = "/usr/share/aws/emr/command-runner/bin"
"""Commands that command-runner.jar knows besides those on PATH."""
COMMAND_RUNNER = "command-runner.jar"
SCRIPT_RUNNER = re.compile(r"s3[na]?://(?:[a-z0-9-]+\.)?elasticmapreduce/libs/script-runner/script-runner\.jar")
ALIASES = {"/home/hadoop/contrib/streaming/hadoop-streaming.jar": "/usr/lib/hadoop-mapreduce/hadoop-streaming.jar"}
REMOTE = ("s3:", "s3n:", "s3a:", "hdfs:")

Fetch = Callable[[str, str], str]
"""Fetches a URI into a directory and gives the path of the copy."""


@dataclass(frozen=True)
class Command:
    """What to execute, without a shell, and what to add to the environment."""

    argv: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)


class StepError(Exception):
    """The step cannot be carried out; the message says why."""


def command(step: dict[str, Any], directory: str, fetch: Fetch) -> Command:
    """The command of a step whose working directory is `directory`. Raises StepError, and what `fetch` raises."""
    jar, args = step["jar"], tuple(step["args"])
    if jar == COMMAND_RUNNER or jar.endswith(f"/{COMMAND_RUNNER}"):
        return Command(_needs_args(args, COMMAND_RUNNER))
    if SCRIPT_RUNNER.fullmatch(jar):
        _needs_args(args, "script-runner.jar")
        script = fetch(args[0], directory)
        os.chmod(script, 0o755)
        return Command((script, *args[1:]))
    local = ALIASES.get(jar, jar)
    if local.startswith(REMOTE):
        local = fetch(local, directory)
    main = (step["main_class"],) if step.get("main_class") else ()
    return Command(("hadoop", "jar", local.removeprefix("file://"), *main, *args), _properties(step))


def _needs_args(args: tuple[str, ...], jar: str) -> tuple[str, ...]:
    if not args:
        raise StepError(f"{jar} needs arguments: the command to run")
    return args


def _properties(step: dict[str, Any]) -> dict[str, str]:
    options = [f"-D{name}={value}" for name, value in step.get("properties", {}).items()]
    if not options:
        return {}
    before = os.environ.get("HADOOP_CLIENT_OPTS", "")
    return {"HADOOP_CLIENT_OPTS": " ".join([before, *options]).strip()}
