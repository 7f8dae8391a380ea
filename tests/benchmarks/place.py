"""Where the benchmarks of a cluster happen: an installation and clusters of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import timed
from tests.cluster.installation import Installation, cluster_request


@contextmanager
def place() -> Iterator[Installation]:
    """An installation that is up; down afterwards."""
    with tempfile.TemporaryDirectory() as home:
        installation = Installation(Path(home))
        installation.environ["LOCALEMR_LOG_LEVEL"] = "INFO"
        try:
            installation.localemr("up")
            yield installation
        finally:
            installation.localemr("down")


@contextmanager
def cluster(installation: Installation, *applications: str, **other: Any) -> Iterator[str]:
    """Id of a WAITING cluster of a master and a core instance; terminated afterwards."""
    cluster_id, _ = start(installation, *applications, **other)
    try:
        yield cluster_id
    finally:
        end(installation, cluster_id)


def start(installation: Installation, *applications: str, **other: Any) -> tuple[str, float]:
    """Id of a new cluster, and the seconds from RunJobFlow's answer until it was WAITING."""
    names = [{"Name": name} for name in applications or ("Hadoop", "Spark")]
    request = cluster_request("bench", Applications=names, **other)
    cluster_id = str(installation.emr.run_job_flow(**request)["JobFlowId"])
    return cluster_id, timed(lambda: installation.wait_state(cluster_id, "WAITING"))


def end(installation: Installation, cluster_id: str) -> None:
    """Terminate a cluster and wait for it."""
    installation.emr.terminate_job_flows(JobFlowIds=[cluster_id])
    installation.wait_state(cluster_id, "TERMINATED")
