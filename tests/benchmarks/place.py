"""Where benchmarks happen: an installation and clusters of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import timed, until
from tests.cluster.installation import SCRIPTS, Installation, cluster_request


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


def prepare(installation: Installation) -> None:
    """Input of the jobs."""
    installation.s3.create_bucket(Bucket="data")
    for script in SCRIPTS.iterdir():
        installation.s3.upload_file(str(script), "data", f"scripts/{script.name}")
    installation.s3.put_object(Bucket="data", Key="in/words.txt", Body=b"a b c\n" * 1000)


def request(*applications: str, **other: Any) -> dict[str, Any]:
    """RunJobFlow request of a master and a core instance, unless told otherwise."""
    names = [{"Name": name} for name in applications or ("Hadoop", "Spark")]
    return cluster_request("bench", Applications=names, **other)


def start_up(installation: Installation, *applications: str, **other: Any) -> float:
    """Seconds from RunJobFlow's answer until a new cluster is WAITING; it has ended when this returns."""
    cluster_id = str(installation.emr.run_job_flow(**request(*applications, **other))["JobFlowId"])
    seconds = timed(lambda: until(lambda: installation.state(cluster_id) == "WAITING"))
    installation.emr.terminate_job_flows(JobFlowIds=[cluster_id])
    installation.wait_state(cluster_id, "TERMINATED")
    return seconds
