"""A small host: sizes that fit on EMR fit, and where memory runs out, the job that needs it ends with that reason."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import docker
import pytest

from tests.cluster.installation import SCRIPTS, Installation, cluster_request

HOST_MB = 3584
"""What all instances may take together: less than half of what YARN offers on one m5.xlarge."""
HOG = "x = []\nwhile True: x.append(bytearray(50 << 20))"
SIZES = ("--driver-memory", "2g", "--executor-memory", "4g", "--executor-cores", "2", "--num-executors", "2")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation that may take no more of the host's memory."""
    client = docker.from_env()
    share = HOST_MB * 2**20 / client.info()["MemTotal"]
    client.close()
    subject = Installation(tmp_path_factory.mktemp("small"))
    subject.environ |= {"LOCALEMR_HOST_MEMORY_SHARE": str(share), "LOCALEMR_SUBNETS": "10.215.0.0/16"}
    try:
        subject.localemr("up")
        subject.s3.create_bucket(Bucket="data")
        subject.s3.upload_file(str(SCRIPTS / "count_words.py"), "data", "count_words.py")
        subject.s3.put_object(Bucket="data", Key="text/a", Body=b"a b\n" * 100)
        yield subject
    finally:
        subprocess.run([sys.executable, "-m", "localemr", "down"], env=subject.environ, check=False)
        subject.docker.close()


def daemons(installation: Installation, cluster_id: str) -> set[tuple[str, str]]:
    """Containers and process ids of the Java daemons."""
    found = {
        each.name: installation.run_in(each, "pgrep", "-x", "java") for each in installation.containers(cluster_id)
    }
    return {(name, pid) for name, pids in found.items() for pid in pids.split()}


def test_sizes_of_emr_fit_and_a_shortage_is_reported(small: Installation) -> None:
    with small.running(cluster_request("small")) as cluster_id:
        job = ("s3://data/count_words.py", "s3://data/text/", "s3://data/out")
        sized = small.add_step(cluster_id, "spark-submit", "--deploy-mode", "cluster", *SIZES, *job)
        small.wait_step(cluster_id, sized, "COMPLETED")
        before = daemons(small, cluster_id)
        greedy = small.add_step(cluster_id, "python3", "-c", HOG)
        details = small.wait_step(cluster_id, greedy, "FAILED")["FailureDetails"]
        assert details["Reason"] == "The job ran out of memory."
        assert details["Message"].startswith("This host's memory ran out while the step ran")
        assert f"may take {HOST_MB} MiB" in details["Message"] and "LOCALEMR_HOST_MEMORY_SHARE" in details["Message"]
        assert f"(instances may take {HOST_MB} MiB) had no memory left" in small.localemr("status")
        assert daemons(small, cluster_id) >= before
        again = small.add_step(cluster_id, "hdfs", "dfs", "-ls", "/")
        small.wait_step(cluster_id, again, "COMPLETED")
