"""How the commands speak: standard output for results, standard error for progress and problems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape

from localemr.problem import Problem
from localemr.settings import Settings

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def reported() -> Iterator[None]:
    """Turn a Problem inside the block into its message and exit code 1, without a traceback."""
    try:
        yield
    except Problem as problem:
        err.print(f"[bold red]error:[/] {escape(problem.message)}", soft_wrap=True)
        if problem.mend:
            err.print(f"[bold]to mend it:[/] {escape(problem.mend)}", soft_wrap=True)
        raise typer.Exit(1) from problem


def read_settings() -> Settings:
    """The settings of this environment, or a Problem that names the variable that does not parse."""
    try:
        return Settings.read()
    except ValueError as error:
        raise Problem(str(error), "correct the variable, or unset it to get the default (docs/settings.md)") from error
