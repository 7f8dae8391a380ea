"""What all demos show: phases with their seconds, web pages, places, cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from localemr.cli import bills, clients, targets, webuis
from localemr.cli.console import err, out
from localemr.demo.run import Report, Run
from localemr.installation import containers
from localemr.settings import Settings

if TYPE_CHECKING:
    from localemr.domain.cost.prices import Prices
    from localemr.images.image import Image

Answer = TypeVar("Answer")


@contextmanager
def show_phase(name: str) -> Iterator[Report]:
    """A live line with elapsed time during the phase, and a permanent line at its end."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    start = time.monotonic()
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(name)
        yield lambda news: progress.update(task, description=f"{name}: {news}")
    out.print(f"[green]✓[/] {name:<30} {time.monotonic() - start:6.1f} s")


def ended(run: Run, keep: bool, drive: Callable[[], Answer]) -> Answer:
    """What `drive` gives; the run's cluster is terminated after it, unless it is to be kept.

    Also after Ctrl-C. The first problem is the one that is raised.
    """
    try:
        answer = drive()
    except BaseException:
        if not keep:
            with suppress(Exception):
                run.terminate()
        raise
    if not keep:
        run.terminate()
    return answer


def node_image(label: str, applications: tuple[str, ...]) -> tuple[Image, ...]:
    """What the instances of a cluster with these applications run from: an image that is there and has them, or the one
    that has no others."""
    from localemr.images.daemon import present
    from localemr.images.plan import node
    from localemr.images.present import choose

    return (choose(label, applications, present()) or node(label, applications),)


def show_cost(run: Run, prices: Prices, settings: Settings) -> None:
    """What the run would have cost on EMR."""
    found = bills.bill_of(run.emr, run.cluster_id, prices, bills.now(settings))
    out.print(
        f"On EMR this would have cost about ${found.cost.total:.2f} in {prices.region} (an estimate: `localemr cost "
        f"{run.cluster_id}`).",
        soft_wrap=True,
        markup=False,
    )


def show_web_pages(cluster_id: str, settings: Settings) -> None:
    """The addresses of the cluster's web pages."""
    members = containers.Containers(settings, containers.connect()).members()
    cluster = targets.cluster(clients.emr(settings), cluster_id)
    for name, instance, url in webuis.addresses(settings, members, cluster):
        out.print(f"    {url}  {name} ({instance})", soft_wrap=True)


def show_places(run: Run, result: str, settings: Settings, keep: bool) -> None:
    """The seconds of each phase; where the result and the logs are; the pages of a cluster that is kept."""
    phases = Table("phase", "seconds", box=None, padding=(0, 2, 0, 0))
    for name, seconds in run.seconds.items():
        phases.add_row(name, f"{seconds:.1f}")
    out.print(phases)
    out.print(f"result       {result}", soft_wrap=True)
    out.print(f"step's logs  {run.step_logs}", soft_wrap=True)
    out.print(f"YARN's logs  {run.log_uri}{run.cluster_id}/containers/", soft_wrap=True)
    keys = f"user {settings.access_key}, password {settings.secret_key}"
    out.print(f"S3 console   http://127.0.0.1:{settings.s3_console_port} ({keys})", soft_wrap=True)
    if keep:
        out.print(f"Cluster {run.cluster_id} is left running; its web pages:")
        show_web_pages(run.cluster_id, settings)
    out.print("Controller and MinIO stay up for your own clusters; `localemr down` removes everything.")
