"""`localemr demo`: all phases from RunJobFlow to a checked result, with progress."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from localemr.cli import bills, clients, webuis
from localemr.cli.console import err, out, read_settings, reported
from localemr.cli.prices import read_prices
from localemr.cli.up import bring_up
from localemr.demo import flow
from localemr.demo.flow import Demo, Report
from localemr.demo.inspections import Totals
from localemr.installation import containers
from localemr.problem import Problem
from localemr.settings import Settings

if TYPE_CHECKING:
    from localemr.domain.cost.prices import Prices
    from localemr.images.image import Image


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", envvar="KEEP", help="Leave the cluster running when the demo is over.")
    ] = False,
) -> None:
    """Run a Spark step over S3 on a cluster of three, through the EMR API, and check its answer."""
    with reported():
        settings = read_settings()
        if settings.runtime != "docker":
            raise Problem("the demo needs real clusters", "unset LOCALEMR_RUNTIME")
        prices = read_prices(settings)
        bring_up(settings, _images)
        run = Demo(clients.emr(settings), clients.s3(settings), show_phase)
        try:
            answer = _drive(run, settings)
        except BaseException:
            # The cluster is terminated also after Ctrl-C, unless --keep was given. The first problem is reported.
            if not keep:
                with suppress(Exception):
                    run.terminate()
            raise
        if not keep:
            run.terminate()
        show_answer(answer, run.expected)
        show_cost(run, prices, settings)
        _show_places(run, settings, keep)
        if answer != run.expected:
            raise Problem("the step's answer is not the one computed in plain Python")


def _images() -> tuple[Image, ...]:
    """What the demo's cluster runs from."""
    from localemr.images.plan import node

    request = flow.cluster_request()
    return (node(request["ReleaseLabel"], [each["Name"] for each in request["Applications"]]),)


def _drive(run: Demo, settings: Settings) -> Totals:
    run.prepare()
    run.start_cluster()
    _show_web_pages(run.cluster_id, settings)
    run.run_step()
    return run.read_answer()


@contextmanager
def show_phase(name: str) -> Iterator[Report]:
    """A live line with elapsed time during the phase, and a permanent line at its end."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    start = time.monotonic()
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(name)
        yield lambda news: progress.update(task, description=f"{name}: {news}")
    out.print(f"[green]✓[/] {name:<30} {time.monotonic() - start:6.1f} s")


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


def show_cost(run: Demo, prices: Prices, settings: Settings) -> None:
    """What the run would have cost on EMR."""
    found = bills.bill_of(run.emr, run.cluster_id, prices, bills.now(settings))
    out.print(
        f"On EMR this would have cost about ${found.cost.total:.2f} in {prices.region} (an estimate: `localemr cost "
        f"{run.cluster_id}`).",
        soft_wrap=True,
        markup=False,
    )


def _side_by_side(answer: Totals, expected: Totals) -> Iterator[tuple[tuple[str, int] | None, tuple[str, int] | None]]:
    for index in range(max(len(answer), len(expected))):
        got = answer[index] if index < len(answer) else None
        expected_row = expected[index] if index < len(expected) else None
        yield got, expected_row


def _show_web_pages(cluster_id: str, settings: Settings) -> None:
    members = containers.Containers(settings, containers.connect()).members()
    for name, instance, url in webuis.addresses(settings, members, cluster_id):
        out.print(f"    {url}  {name} ({instance})", soft_wrap=True)


def _show_places(run: Demo, settings: Settings, keep: bool) -> None:
    phases = Table("phase", "seconds", box=None, padding=(0, 2, 0, 0))
    for name, seconds in run.seconds.items():
        phases.add_row(name, f"{seconds:.1f}")
    out.print(phases)
    out.print(f"result       {run.output_uri}", soft_wrap=True)
    out.print(f"step's logs  {run.step_logs}", soft_wrap=True)
    out.print(f"YARN's logs  {flow.LOGS}{run.cluster_id}/containers/", soft_wrap=True)
    keys = f"user {settings.access_key}, password {settings.secret_key}"
    out.print(f"S3 console   http://127.0.0.1:{settings.s3_console_port} ({keys})", soft_wrap=True)
    if keep:
        out.print(f"Cluster {run.cluster_id} is left running; its web pages:")
        _show_web_pages(run.cluster_id, settings)
    out.print("Controller and MinIO stay up for your own clusters; `make down` removes everything.")
