"""`localemr down`: stop everything and remove what LocalEMR made on this machine."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Annotated, Any

import typer

from localemr.cli import clients
from localemr.cli.console import err, out, read_settings, reported
from localemr.installation import services
from localemr.installation.background import Controller
from localemr.problem import Problem
from localemr.settings import Settings

ACTIVE = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"]
TERMINATE_SECONDS = 120
START_SECONDS = 60


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
        settings = read_settings()
        controller = Controller(settings)
        running = controller.running()
        in_memory = (running.runtime if running else settings.runtime) == "memory"
        if running is None and controller.healthy():
            raise Problem(
                f"a controller that `localemr up` did not start answers at {settings.endpoint}",
                "stop it first (Ctrl-C where it runs, or `docker compose -f compose/compose.yaml down`)",
            )
        if keep_data:
            _terminate_clusters(settings, controller)
        with err.status("stopping the controller"):
            stopped = controller.stop()
        out.print("Controller stopped." if stopped else "The controller was not running.")
        if not in_memory:
            _remove(settings, keep_data)
        _remove_state(settings, keep_data)


def _remove(settings: Settings, keep_data: bool) -> None:
    with err.status("removing containers"):
        gone = services.Services(settings, services.connect()).remove(keep_data)
    out.print(f"Removed {gone.containers} containers, {gone.networks} networks, {gone.volumes} volumes.")


def _remove_state(settings: Settings, keep_data: bool) -> None:
    """Remove the files that LocalEMR wrote to its home; nothing else that may lie there."""
    names = ["controller.pid", "controller.log", "controller.log.1", "up.lock"]
    if not keep_data:
        databases = (settings.database.name, settings.table_versions.name)
        names += [name + suffix for name in databases for suffix in ("", "-wal", "-shm", "-journal")]
    for name in names:
        (settings.home_path / name).unlink(missing_ok=True)
    with suppress(OSError):
        settings.home_path.rmdir()


def _terminate_clusters(settings: Settings, controller: Controller) -> None:
    """End the clusters in the database, which would otherwise be brought back to life by the next `up`."""
    if not settings.database.exists():
        return
    if controller.running() is None:
        with err.status("starting the controller, to terminate clusters"):
            controller.wait_healthy(controller.start(os.environ), START_SECONDS)
    emr = clients.emr(settings)
    with err.status("terminating clusters") as status:
        deadline = time.monotonic() + TERMINATE_SECONDS
        while active := _active(emr):
            waiting = [item["Id"] for item in active if item["Status"]["State"] != "TERMINATING"]
            for start in range(0, len(waiting), 10):
                _terminate(emr, waiting[start : start + 10])
            if time.monotonic() > deadline:
                raise Problem(
                    f"clusters still active after {TERMINATE_SECONDS} s: {', '.join(item['Id'] for item in active)}",
                    f"see {controller.log_file}, or give the data up with `localemr down`",
                )
            status.update(f"terminating {len(active)} clusters")
            time.sleep(0.5)


def _active(emr: Any) -> list[dict[str, Any]]:
    pages = emr.get_paginator("list_clusters").paginate(ClusterStates=ACTIVE)
    return [item for page in pages for item in page["Clusters"]]


def _terminate(emr: Any, ids: list[str]) -> None:
    # `down` is the operator's word: it counts more than a cluster's protection.
    emr.set_termination_protection(JobFlowIds=ids, TerminationProtected=False)
    emr.terminate_job_flows(JobFlowIds=ids)
