"""What EMR's hive-script and pig-script do: a script, on S3 or elsewhere, run with variables by the `hive` or `pig` on
PATH."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Iterable
from typing import NamedTuple

from localemr_node.objects import is_object
from localemr_node.scripts import FetchError, fetch

ARGS = "--args"


class Engine(NamedTuple):
    """A command that runs scripts: its name on PATH and in the options of its helper; the options that name its
    scripts, and those of the time when a step brought it onto the cluster, which have a value. The installed one
    runs."""

    name: str
    files: tuple[str, ...]
    with_value: tuple[str, ...]


HIVE = Engine("hive", ("-f", "--file", "-i"), ("--base-path", "--hive-versions", "--hive-site"))
PIG = Engine("pig", ("-f", "-file"), ("--base-path", "--pig-versions"))


class Usage(Exception):
    """The arguments are invalid. The message names the argument."""


class Request(NamedTuple):
    """Whether a script must be run, and the arguments for the engine."""

    run: bool
    args: tuple[str, ...]


def read(engine: Engine, argv: Iterable[str]) -> Request:
    """The meaning of the helper's arguments. Raises Usage."""
    options, run = list(argv), False
    to_run, to_install = f"--run-{engine.name}-script", f"--install-{engine.name}"
    while options:
        option = options.pop(0)
        if option == ARGS:
            return Request(run, tuple(options))
        if option in engine.with_value and options:
            options.pop(0)
        elif option in (to_run, to_install):
            run = run or option == to_run
        elif option.partition("=")[0] not in engine.with_value:
            raise Usage(f"unknown option {option}")
    return Request(run, ())


def localized(engine: Engine, args: Iterable[str], fetch: Callable[[str], str]) -> tuple[str, ...]:
    """The arguments with copies in the place of scripts on S3, which `fetch` makes: the engines' own way there is
    slow."""
    found: list[str] = []
    for arg in args:
        name, equals, value = arg.partition("=")
        if found and found[-1] in engine.files and is_object(arg):
            found.append(fetch(arg))
        elif name in engine.files and equals and is_object(value):
            found.append(f"{name}={fetch(value)}")
        else:
            found.append(arg)
    return tuple(found)


def execute(engine: Engine) -> int:
    """The helper of an engine, with this process's arguments: becomes the engine's command, or returns an exit code."""
    try:
        request = read(engine, sys.argv[1:])
        folders = (f"{os.getcwd()}/scripts/{number}" for number in itertools.count())
        args = localized(engine, request.args, lambda uri: fetch(uri, next(folders)))
    except (Usage, FetchError) as error:
        print(f"{engine.name}-script: {error}", file=sys.stderr)
        return 1
    if not request.run:
        return 0
    try:
        os.execvp(engine.name, (engine.name, *args))
    except FileNotFoundError:
        print(f"{engine.name}-script: {engine.name.capitalize()} is not installed", file=sys.stderr)
        return 127
