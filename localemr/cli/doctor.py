"""`localemr doctor`: what is missing, and how to fix it."""

from __future__ import annotations

import typer
from rich.markup import escape
from rich.table import Table

from localemr import checks
from localemr.checks import Verdict
from localemr.cli import kubernetes_checks, onkubernetes
from localemr.cli.console import err, out, read_settings, reported

COLOURS = {Verdict.GOOD: "green", Verdict.NOTE: "yellow", Verdict.MISSING: "bold red"}


def doctor() -> None:
    """Check what LocalEMR needs on this machine and say how to fix what is missing."""
    with reported():
        settings = onkubernetes.installed(read_settings())
        found = checks.everything(settings)
        if settings.on_kubernetes:
            found += kubernetes_checks.everything(settings)
    table = Table("check", "", "found", "to fix it", box=None, pad_edge=False)
    for check in found:
        colour = COLOURS[check.verdict]
        table.add_row(check.name, f"[{colour}]{check.verdict.value}[/]", escape(check.found), escape(check.fix))
    out.print(table)
    if any(check.verdict is Verdict.MISSING for check in found):
        err.print("Something is missing: see the last column.")
        raise typer.Exit(1)
