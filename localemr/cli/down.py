"""`localemr down`: stop everything and remove what LocalEMR made on this machine."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

import typer

from localemr.cli import clients, onkubernetes
from localemr.cli.console import err, out, read_settings, reported
from localemr.installation import containers
from localemr.installation.background import Controller
from localemr.installation.home import PROCESS, databases
from localemr.problem import Problem
from localemr.settings import Settings

ACTIVE = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"]
TERMINATE_SECONDS = 600
START_SECONDS = 180


def down(
    keep_data: Annotated[
        bool,
        typer.Option("--keep-data", help="Keep S3's data and the controller's database; clusters are terminated."),
    ] = False,
) -> None:
    """Stop the controller and remove all containers, networks, volumes and state of this installation.

    The images stay: `localemr images prune --all` removes them.
    """
    with reported():
        settings = onkubernetes.installed(read_settings())
        controller = Controller(settings)
        running = controller.running()
        if running is None and controller.healthy():
            raise Problem(
                f"a controller that `localemr up` did not start answers at {settings.endpoint}",
                "stop it first (Ctrl-C where it runs, or `docker compose -f compose/compose.yaml down`)",
            )
        elsewhere = settings.on_kubernetes
        if keep_data:
            _terminate_clusters(settings, controller)
        if elsewhere:
            onkubernetes.remove(settings, keep_data)
        with err.status("stopping the controller"):
            stopped = controller.stop()
        out.print("Controller stopped." if stopped else "The controller was not running.")
        if settings.runtime == "docker":
            _remove(settings, keep_data)
        _remove_state(settings, keep_data)


def _remove(settings: Settings, keep_data: bool) -> None:
    with err.status("removing containers"):
        gone = containers.Containers(settings, containers.connect()).remove(keep_data)
    out.print(f"Removed {gone.containers} containers, {gone.networks} networks, {gone.volumes} volumes.")


def _remove_state(settings: Settings, keep_data: bool) -> None:
    """Remove the files that LocalEMR wrote to its home, and no other files in it."""
    files = [settings.home_path / name for name in PROCESS]
    if not keep_data:
        files += databases(settings)
    for file in files:
        file.unlink(missing_ok=True)
    if not keep_data:
        shutil.rmtree(settings.event_logs, ignore_errors=True)
    for folder in (settings.event_logs.parent, settings.event_logs.parent.parent):
        with suppress(OSError):
            folder.rmdir()
    with suppress(OSError):
        settings.home_path.rmdir()


def _terminate_clusters(settings: Settings, controller: Controller) -> None:
    """Terminate the clusters in the database, which the next `up` would otherwise restore."""
    elsewhere = settings.on_kubernetes
    if not elsewhere and not settings.database.exists():
        return
    if not elsewhere and controller.running() is None:
        with err.status("starting the controller, to terminate clusters"):
            controller.wait_healthy(controller.start(os.environ), START_SECONDS)
    emr = clients.emr(settings)
    with err.status("terminating clusters") as status:
        left = terminate_all(emr, TERMINATE_SECONDS, lambda number: status.update(f"terminating {number} clusters"))
    if left:
        shown = "\n".join(f"{cluster}{f': {reason}' if reason else ''}" for cluster, reason in left.items())
        raise Problem(
            f"clusters still active after {TERMINATE_SECONDS} s:\n{shown}",
            f"see {controller.log_file}, or delete the data as well with `localemr down`",
        )


def terminate_all(
    emr: Any, seconds: float, report: Callable[[int], object] = lambda number: None, pause: float = 0.5
) -> dict[str, str]:
    """Terminate all clusters, including protected ones, and wait until they have ended.

    Returns the clusters still active after `seconds`, with the error of the last call for them (empty: none).
    `report` is called with the number of active clusters after every poll.
    """
    deadline = time.monotonic() + seconds
    while active := _active(emr):
        errors = {item["Id"]: _terminate(emr, item) for item in active}
        if time.monotonic() > deadline:
            return errors
        report(len(active))
        time.sleep(pause)
    return {}


def _active(emr: Any) -> list[dict[str, Any]]:
    pages = emr.get_paginator("list_clusters").paginate(ClusterStates=ACTIVE)
    return [item for page in pages for item in page["Clusters"]]


def _terminate(emr: Any, cluster: dict[str, Any]) -> str:
    """Terminate one cluster; returns the reason of a refusal. One cluster per call: EMR refuses a whole call for one
    cluster in it, such as one that began to end after it was listed."""
    from botocore.exceptions import ClientError

    if cluster["Status"]["State"] == "TERMINATING":
        return ""
    ids = [cluster["Id"]]
    try:
        # `down` is the operator's decision and overrides a cluster's protection.
        emr.set_termination_protection(JobFlowIds=ids, TerminationProtected=False)
        emr.terminate_job_flows(JobFlowIds=ids)
    except ClientError as error:
        return str(error.response["Error"]["Message"])
    return ""
