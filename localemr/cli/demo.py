"""`localemr demo`: all phases from RunJobFlow to a checked result, with progress; or an example by its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from localemr.cli import clients, example
from localemr.cli.console import out, read_settings, reported
from localemr.cli.phases import ended, node_image, show_cost, show_phase, show_places, show_web_pages
from localemr.cli.prices import read_prices
from localemr.cli.up import bring_up
from localemr.demo import flow
from localemr.demo.flow import Demo
from localemr.demo.inspections import Totals
from localemr.problem import Problem
from localemr.settings import Settings


def demo(
    name: Annotated[str | None, typer.Argument(help="An example; without it a first Spark step.")] = None,
    keep: Annotated[
        bool, typer.Option("--keep", envvar="KEEP", help="Leave the cluster running when the demo is over.")
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="Show the names of the examples.")] = False,
) -> None:
    """Run a Spark step over S3 on a cluster of three, through the EMR API, and check its answer; or an example."""
    with reported():
        if listed:
            example.show_list()
            return
        settings = read_settings()
        if settings.runtime != "docker":
            raise Problem("the demo needs real clusters", "unset LOCALEMR_RUNTIME")
        if name is None:
            _first_step(settings, keep)
        else:
            example.run_example(name, settings, keep)


def _first_step(settings: Settings, keep: bool) -> None:
    prices, request = read_prices(settings), flow.cluster_request()
    applications = tuple(each["Name"] for each in request["Applications"])
    bring_up(settings, lambda: node_image(request["ReleaseLabel"], applications))
    run = Demo(clients.emr(settings), clients.s3(settings), show_phase)
    answer = ended(run, keep, lambda: _drive(run, settings))
    show_answer(answer, run.expected)
    show_cost(run, prices, settings)
    show_places(run, run.output_uri, settings, keep)
    out.print("`localemr demo --list` shows further examples.")
    if answer != run.expected:
        raise Problem("the step's answer is not the one computed in plain Python")


def _drive(run: Demo, settings: Settings) -> Totals:
    run.prepare()
    run.start_cluster()
    show_web_pages(run.cluster_id, settings)
    run.run_step()
    return run.read_answer()


def show_answer(answer: Totals, expected: Totals) -> None:
    """The step's result beside that of plain Python."""
    table = Table("", "name", "red violations", "plain Python", title="Most red violations, from s3://")
    for number, (got, expected_row) in enumerate(_side_by_side(answer, expected), 1):
        colour = "green" if got == expected_row else "bold red"
        name, total = got or ("(missing)", "")
        shown = str(expected_row[1]) if expected_row else ""
        if expected_row and expected_row[0] != name:
            shown = f"{expected_row[0]}: {expected_row[1]}"
        table.add_row(str(number), escape(name), str(total), f"[{colour}]{escape(shown)}[/]")
    out.print(table)


def _side_by_side(answer: Totals, expected: Totals) -> Iterator[tuple[tuple[str, int] | None, tuple[str, int] | None]]:
    for index in range(max(len(answer), len(expected))):
        got = answer[index] if index < len(answer) else None
        expected_row = expected[index] if index < len(expected) else None
        yield got, expected_row
