"""What EMR's hive-script does: a Hive script, on S3 or elsewhere, run with variables by the `hive` on PATH."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from localemr_node.objects import is_object

WITH_VALUE = ("--base-path", "--hive-versions", "--hive-site")
"""Options of the time when a step brought Hive onto the cluster; the installed Hive runs."""
RUN, INSTALL, ARGS = "--run-hive-script", "--install-hive", "--args"


class Usage(Exception):
    """The arguments are invalid. The message names the argument."""


class Request(NamedTuple):
    """Whether a script must be run, and the arguments for Hive."""

    run: bool
    args: tuple[str, ...]


def read(argv: Iterable[str]) -> Request:
    """The meaning of hive-script's arguments. Raises Usage."""
    options, run = list(argv), False
    while options:
        option = options.pop(0)
        if option == ARGS:
            return Request(run, tuple(options))
        if option in WITH_VALUE and options:
            options.pop(0)
        elif option in (RUN, INSTALL):
            run = run or option == RUN
        elif option.partition("=")[0] not in WITH_VALUE:
            raise Usage(f"unknown option {option}")
    return Request(run, ())


def localized(args: Iterable[str], fetch: Callable[[str], str]) -> tuple[str, ...]:
    """The arguments with copies in the place of scripts on S3, which `fetch` makes: Hive's own way there is slow."""
    found: list[str] = []
    for arg in args:
        name, equals, value = arg.partition("=")
        if found and found[-1] in ("-f", "--file", "-i") and is_object(arg):
            found.append(fetch(arg))
        elif name == "--file" and equals and is_object(value):
            found.append(f"{name}={fetch(value)}")
        else:
            found.append(arg)
    return tuple(found)
