"""`localemr logs`: the logs of a step, from the master while its cluster runs, afterwards from LogUri."""

from __future__ import annotations

import sys
import time
from typing import Annotated, Any

import typer
from rich.markup import escape

from localemr.cli import clients, controllerlog, onkubernetes, targets
from localemr.cli.console import columns, out, read_settings, reported
from localemr.cli.steplogs import Bucket, Node, Source
from localemr.cli.targets import Item
from localemr.installation import kubectl
from localemr.installation.background import Controller
from localemr.problem import Problem
from localemr.settings import Settings

ENDED = ("COMPLETED", "CANCELLED", "FAILED", "INTERRUPTED")
LOOK = 1.0  # seconds


def logs(
    cluster: Annotated[str | None, typer.Argument(help="The cluster's id or name.")] = None,
    step: Annotated[str | None, typer.Argument(help="The step's id or name.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the step has ended.")] = False,
    file: Annotated[
        str | None, typer.Option("--file", help="Only this log, as it is: controller, stderr, stdout or syslog.")
    ] = None,
    controller: Annotated[bool, typer.Option("--controller", help="The controller's own log instead.")] = False,
) -> None:
    """Show a step's logs; without STEP the cluster's steps and where their logs are."""
    with reported():
        settings = onkubernetes.installed(read_settings())
        if controller:
            if cluster or file:
                raise Problem("--controller excludes a cluster and --file", "leave one of them out")
            if settings.on_kubernetes:
                onkubernetes.show_log(settings, follow, _write)
            else:
                controllerlog.show(Controller(settings), follow, _write)
            return
        if cluster is None:
            raise Problem("no cluster is named", "`localemr status --all` shows them; `--controller`: its own log")
        emr = clients.emr(settings)
        found = targets.cluster(emr, cluster)
        if step is None:
            _show_steps(found, targets.steps(emr, found["Id"]))
            return
        item = targets.step(emr, found["Id"], step)
        source = _source(settings, emr, found, item)
        _show(source, file, lambda: not follow or _ended(emr, found["Id"], item["Id"]))


def _source(settings: Settings, emr: Any, cluster: Item, step: Item) -> Source:
    """The master while it runs, else S3. Raises Problem."""
    if cluster["Status"]["State"] not in ("BOOTSTRAPPING", "RUNNING", "WAITING"):
        return Bucket(clients.s3(settings), _place(cluster, step))
    master = targets.instance(emr, cluster)
    elsewhere = settings.on_kubernetes
    place = kubectl.Pod(settings, master["Id"]) if elsewhere else targets.container(settings, master["Id"])
    return Node(place, step["Id"])


def _ended(emr: Any, cluster_id: str, step_id: str) -> bool:
    return emr.describe_step(ClusterId=cluster_id, StepId=step_id)["Step"]["Status"]["State"] in ENDED


def _show(source: Source, file: str | None, ended: Any) -> None:
    """Print the logs, and follow them until the step has ended."""
    seen: dict[str, int] = {}
    shown = None
    while True:
        over = ended()  # queried before reading, so that the last output is included
        for name, size in source.sizes().items():
            if name in (file or name,) and size > seen.get(name, 0):
                if file is None and shown != name:
                    _write(f"{'' if shown is None else chr(10)}==> {name} <==\n".encode())
                    shown = name
                for piece in source.read(name, seen.get(name, 0)):
                    seen[name] = seen.get(name, 0) + len(piece)
                    _write(piece)
        if over:
            return
        time.sleep(LOOK)


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _place(cluster: Item, step: Item) -> str:
    """The folder of the step's logs on S3. Raises Problem."""
    uri = step.get("LogUri") or cluster.get("LogUri")
    if not uri:
        raise Problem(
            f"{cluster['Id']} has no LogUri, and its master does not run",
            "give RunJobFlow a LogUri: logs are then kept on S3",
        )
    return f"s3://{uri.split('://', 1)[1].rstrip('/')}/{cluster['Id']}/steps/{step['Id']}/"


def _show_steps(cluster: Item, steps: list[Item]) -> None:
    uri = cluster.get("LogUri")
    if uri:
        out.print(f"logs   s3://{escape(uri.split('://', 1)[1])}{cluster['Id']}/", soft_wrap=True)
    else:
        out.print("logs   only on the instances: the cluster has no LogUri")
    if not steps:
        out.print("steps  none")
        return
    rows = [("step", "state", "began", "name")]
    for item in steps:
        began = item["Status"].get("Timeline", {}).get("StartDateTime")
        shown = began.astimezone().strftime("%F %T") if began else ""
        rows.append((item["Id"], item["Status"]["State"], shown, item["Name"]))
    out.print("\n".join(columns(rows)), soft_wrap=True, markup=False)
