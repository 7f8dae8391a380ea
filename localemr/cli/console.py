"""Output of the commands: standard output for results, standard error for progress and problems."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from localemr.problem import Problem
from localemr.settings import Settings

NOT_SIGNED = ("InvalidSignatureException", "MissingAuthenticationTokenException", "UnrecognizedClientException")
KEYS = (
    "the controller was started with LOCALEMR_ACCESS_KEYS: set LOCALEMR_ACCESS_KEY and LOCALEMR_SECRET_KEY to one of "
    "its pairs"
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def reported() -> Iterator[None]:
    """Turn a Problem inside the block into its message and exit code 1, without a traceback."""
    try:
        yield
    except Exception as error:
        problem = _as_problem(error)
        if problem is None:
            raise
        err.print(f"[bold red]error:[/] {escape(problem.message)}", soft_wrap=True)
        if problem.fix:
            err.print(f"[bold]to fix it:[/] {escape(problem.fix)}", soft_wrap=True)
        raise typer.Exit(1) from error


def _as_problem(error: Exception) -> Problem | None:
    """The Problem for an error that the user can fix; None for a defect of LocalEMR."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, OSError):
        return Problem(str(error), "`localemr doctor` looks at disk space and permissions")
    # Loading botocore is slow. Its exceptions are possible only if the command has loaded it.
    botocore = sys.modules.get("botocore.exceptions")
    if botocore is None:
        return None
    if isinstance(error, botocore.ClientError):
        return _refused(error)
    if isinstance(error, botocore.BotoCoreError):
        return Problem(str(error), "`localemr status` shows what answers, `localemr doctor` what is missing")
    return None


def _refused(error: Any) -> Problem:
    """The Problem for botocore's ClientError. What is no answer of AWS's protocols has its HTTP status as the code."""
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code.isdigit():
        return Problem(
            f"{error.operation_name}: what answers is not LocalEMR (HTTP status {code})",
            "`localemr doctor` shows the ports; stop the program that uses one, or choose others (docs/settings.md)",
        )
    return Problem(f"{error.operation_name}: {message}", KEYS if code in NOT_SIGNED else "")


def columns(rows: Sequence[Sequence[str]], indent: str = "  ") -> list[str]:
    """Rows as lines with aligned columns. Unlike a rich table they keep ids and addresses whole on a narrow screen."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        indent + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def read_settings() -> Settings:
    """The settings of this environment, or a Problem that names the variable that does not parse."""
    try:
        settings = Settings.read()
        keys = settings.accepted_keys
        _ = settings.control_enabled
        settings.check_runtime()
    except ValueError as error:
        raise Problem(str(error), "correct the variable, or unset it to get the default (docs/settings.md)") from error
    if not keys and not settings.listens_locally:
        raise Problem(
            f"LOCALEMR_HOST={settings.host} opens the controller to the network, and every client may use it",
            "set LOCALEMR_ACCESS_KEYS=KEY:SECRET, whose signatures are then checked, or unset LOCALEMR_HOST",
        )
    if keys and keys.get(settings.access_key) != settings.secret_key:
        raise Problem(
            "LOCALEMR_ACCESS_KEYS lacks the pair that `localemr env` prints",
            "set LOCALEMR_ACCESS_KEY and LOCALEMR_SECRET_KEY, which are S3's as well, to one of its pairs",
        )
    return settings
