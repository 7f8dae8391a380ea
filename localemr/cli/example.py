"""`localemr demo NAME`: an example, with progress, a table or chart at its end, and what was compared."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from rich.bar import Bar
from rich.cells import cell_len
from rich.markup import escape
from rich.table import Table

from localemr.cli import clients
from localemr.cli.console import columns, out
from localemr.cli.env import CLEARED, variables
from localemr.cli.phases import ended, node_image, show_cost, show_phase, show_places, show_web_pages
from localemr.cli.prices import read_prices
from localemr.cli.up import bring_up
from localemr.demo import commands, steps
from localemr.demo.example import Example, examples, named
from localemr.problem import Problem
from localemr.releases import default_release
from localemr.settings import Settings

BAR = 20
"""Cells of the longest bar of a chart."""


def show_list() -> None:
    """The names of the examples, and what each shows."""
    for line in columns([(name, example.summary) for name, example in examples().items()], indent=""):
        out.print(line, markup=False, soft_wrap=True)


def run_example(name: str, settings: Settings, keep: bool) -> None:
    """Run the example. Problem when there is none of this name, when it fails, or when its result is wrong."""
    example = named(name)
    if missing := commands.missing(example):
        raise Problem(f"{name} needs {', '.join(missing)}", f"install it, or read {example.folder / 'README.md'}")
    out.print(f"[bold]{escape(example.title)}[/]\n{escape(example.summary)}", soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix=f"localemr-{name}-") as folder:
        if example.commands:
            _run_commands(example, settings, Path(folder))
        else:
            _run_steps(example, settings, Path(folder), keep)
    out.print(f"The page of this example: {example.folder / 'README.md'}", soft_wrap=True, markup=False)


def _run_steps(example: Example, settings: Settings, folder: Path, keep: bool) -> None:
    prices, request = read_prices(settings), example.cluster
    applications = tuple(each["Name"] for each in request["Applications"])
    bring_up(settings, lambda: node_image(request["ReleaseLabel"], applications))
    run = steps.Steps(clients.emr(settings), clients.s3(settings), show_phase, example=example, work=folder)

    def drive() -> steps.Table:
        run.prepare()
        run.start(request)
        show_web_pages(run.cluster_id, settings)
        run.run_steps()
        return run.check()

    found = ended(run, keep, drive)
    show_table(found)
    show_cost(run, prices, settings)
    show_places(run, f"s3://{run.bucket}/{steps.OUTPUT}", settings, keep)
    if not found.right:
        raise Problem("the result is not the independent one")


def _run_commands(example: Example, settings: Settings, folder: Path) -> None:
    label = example.label or default_release().label
    bring_up(settings, (lambda: node_image(label, example.applications)) if example.applications else tuple)
    environ = {name: value for name, value in os.environ.items() if name not in CLEARED} | variables(settings)
    commands.run(example, environ, folder, lambda line: out.print(f"[bold]$ {escape(line)}[/]", soft_wrap=True))


def show_table(found: steps.Table) -> None:
    """The table with bars for its chart, and what was compared."""
    table, rows = Table(title=found.title), [[_text(cell) for cell in row] for row in found.rows]
    for place, name in enumerate(found.columns):
        # Headers may be wrapped, values not: on a narrow terminal the bars are shorter.
        width = max(map(cell_len, (*name.split(), *(row[place] for row in rows))), default=0)
        table.add_column(name, width=width, justify="right" if place else "left")
    if found.chart:
        table.add_column("", max_width=BAR)
        values = [float(row[found.columns.index(found.chart)]) for row in found.rows]
        highest = max(values, default=0) or 1
        bars = [[Bar(highest, 0, value, color="cyan")] for value in values]
    else:
        bars = [[] for _ in rows]
    for row, bar in zip(rows, bars, strict=True):
        table.add_row(*map(escape, row), *bar)
    out.print(table)
    for check in found.checks:
        out.print(
            f"[green]✓[/] {escape(check.what)}" if check.right else f"[bold red]✗ NOT TRUE:[/] {escape(check.what)}"
        )


def _text(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
