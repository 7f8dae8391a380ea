"""An installation of its own: a controller and MinIO with other name, ports and directories than the user's."""

from __future__ import annotations

import gzip
import io
import json
import os
import secrets
import socket
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import docker
from botocore.config import Config

from tests.waiting import PATIENCE, wait_for

SCRIPTS = Path(__file__).parent / "scripts"
CONFIG = Config(retries={"max_attempts": 0}, read_timeout=60)


FIRST_RANGE = 214
"""The second number of the first worker's addresses."""


def worker() -> int:
    """The number of this process among the workers of pytest-xdist; 0 without them."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Installation:
    """A controller, MinIO and their clients."""

    home: Path
    name: str = field(default_factory=lambda: f"test-{secrets.token_hex(4)}")

    def __post_init__(self) -> None:
        ports = [_free_port() for _ in range(3)]
        self.environ = {
            **os.environ,
            "LOCALEMR_HOME": str(self.home),
            "LOCALEMR_INSTALLATION": self.name,
            "LOCALEMR_PORT": str(ports[0]),
            "LOCALEMR_S3_PORT": str(ports[1]),
            "LOCALEMR_S3_CONSOLE_PORT": str(ports[2]),
            "LOCALEMR_SUBNETS": f"10.{FIRST_RANGE + worker()}.0.0/16",
            "LOCALEMR_LOG_LEVEL": "DEBUG",
            "LOCALEMR_CONTROL": "on",
            "LOCALEMR_SCALE_DOWN_SECONDS": "20",
            "LOCALEMR_UNHEALTHY_SECONDS": "30",
        }
        keys = {"aws_access_key_id": "localemr", "aws_secret_access_key": "localemr-secret", "region_name": "us-east-1"}
        self.emr = boto3.client("emr", endpoint_url=f"http://127.0.0.1:{ports[0]}", config=CONFIG, **keys)
        self.glue = boto3.client("glue", endpoint_url=f"http://127.0.0.1:{ports[0]}", config=CONFIG, **keys)
        self.s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{ports[1]}", config=CONFIG, **keys)
        self.docker = docker.from_env()

    def localemr(self, *arguments: str) -> str:
        """Run the command line."""
        done = subprocess.run(
            [sys.executable, "-m", "localemr", *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"localemr {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    @property
    def controller_pid(self) -> int:
        """The process of the controller that `up` started."""
        return int(json.loads((self.home / "controller.pid").read_text())["pid"])

    def limit_mb(self, type_mb: int) -> int:
        """The memory of a container of an instance with this memory (MiB): no more than all may take of the host."""
        return min(type_mb, round(self.docker.info()["MemTotal"] / 2**20 * 0.9))

    def containers(self, cluster_id: str, role: str | None = None) -> list[Any]:
        """The cluster's containers, stopped ones too."""
        labels = [f"localemr.cluster={cluster_id}"] + ([f"localemr.role={role}"] if role else [])
        return list(self.docker.containers.list(all=True, filters={"label": labels}, ignore_removed=True))

    def run_in(self, container: Any, *command: str, user: str = "hadoop") -> str:
        """Output of a command in a container; a failure when it does not end well."""
        code, output = container.exec_run(list(command), user=user)
        assert code == 0, output.decode()
        return str(output.decode())

    def application_logs(self, cluster_id: str, application: str, files: str) -> str:
        """These log files of an application that has ended, once YARN has gathered those of all its containers."""
        master = self.containers(cluster_id, "MASTER")[0]
        ask = f"curl -s http://$(hostname -f):8088/ws/v1/cluster/apps/{application}"
        gathered = '"logAggregationStatus":"SUCCEEDED"'
        wait_for(f"the logs of {application}", lambda: gathered in self.run_in(master, "bash", "-c", ask))
        return self.run_in(
            master, "bash", "-c", f"yarn logs -applicationId {application} -log_files {files} 2> /dev/null"
        )

    def cluster(self, cluster_id: str) -> dict[str, Any]:
        """DescribeCluster."""
        return dict(self.emr.describe_cluster(ClusterId=cluster_id)["Cluster"])

    def state(self, cluster_id: str) -> str:
        """The cluster's state."""
        return str(self.cluster(cluster_id)["Status"]["State"])

    def wait_state(self, cluster_id: str, *states: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The cluster once it is in one of these states."""

        def look() -> dict[str, Any] | None:
            cluster = self.cluster(cluster_id)
            state = cluster["Status"]["State"]
            if state.startswith("TERMINATED") and state not in states:
                raise AssertionError(f"{cluster_id} is {cluster['Status']}")
            return cluster if state in states else None

        return wait_for(f"{cluster_id} in {states}", look, seconds)

    @contextmanager
    def running(
        self, request: dict[str, Any], meanwhile: Callable[[str], object] = lambda cluster_id: None
    ) -> Iterator[str]:
        """Id of a WAITING cluster for a RunJobFlow request; terminated afterwards: other clusters need its memory.
        `meanwhile` is called with it before.

        A cluster that is still alive then has to end as requested, and to leave no container and no network.
        """
        cluster_id = str(self.emr.run_job_flow(**request)["JobFlowId"])
        try:
            meanwhile(cluster_id)
            self.wait_state(cluster_id, "WAITING")
            yield cluster_id
        finally:
            alive = not self.state(cluster_id).startswith("TERMINAT")
            self.emr.terminate_job_flows(JobFlowIds=[cluster_id])
            ended = self.wait_state(cluster_id, "TERMINATED", "TERMINATED_WITH_ERRORS")
        if alive:
            self.check_terminated(ended)

    def check_terminated(self, cluster: dict[str, Any]) -> None:
        """That a cluster (DescribeCluster) ended by TerminateJobFlows and left no container and no network."""
        assert cluster["Status"]["State"] == "TERMINATED", cluster["Status"]
        assert cluster["Status"]["StateChangeReason"]["Code"] == "USER_REQUEST", cluster["Status"]
        assert not self.containers(cluster["Id"])
        assert not self.docker.networks.list(filters={"label": f"localemr.cluster={cluster['Id']}"})

    def add_step(self, cluster_id: str, *arguments: str, jar: str = "command-runner.jar", **other: Any) -> str:
        """AddJobFlowSteps with one step that does not end the cluster when it fails."""
        step = {"Name": "test", "ActionOnFailure": "CONTINUE", "HadoopJarStep": {"Jar": jar, "Args": list(arguments)}}
        return str(self.emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=[step | other])["StepIds"][0])

    def step(self, cluster_id: str, step_id: str) -> dict[str, Any]:
        """DescribeStep's Status."""
        return dict(self.emr.describe_step(ClusterId=cluster_id, StepId=step_id)["Step"]["Status"])

    def wait_step(self, cluster_id: str, step_id: str, *states: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The step's Status once it is in one of these states."""
        ended = ("COMPLETED", "FAILED", "CANCELLED", "INTERRUPTED")

        def look() -> dict[str, Any] | None:
            status = self.step(cluster_id, step_id)
            if status["State"] in states:
                return status
            if status["State"] in ended:
                raise AssertionError(f"{step_id} is {status}")
            return None

        return wait_for(f"{step_id} in {states}", look, seconds)

    def cancel_step(self, cluster_id: str, step_id: str, option: str) -> None:
        """CancelSteps with this StepCancellationOption, until the step is CANCELLED."""
        asked = {"ClusterId": cluster_id, "StepIds": [step_id], "StepCancellationOption": option}
        assert self.emr.cancel_steps(**asked)["CancelStepsInfoList"][0]["Status"] == "SUBMITTED"
        self.wait_step(cluster_id, step_id, "CANCELLED")

    def step_log(self, cluster_id: str, step_id: str, name: str = "stdout") -> str:
        """A log of a step, from the master."""
        master = self.containers(cluster_id, "MASTER")[0]
        return file_of(master, f"/mnt/var/log/hadoop/steps/{step_id}/{name}").decode()

    def keys(self, prefix: str) -> list[str]:
        """Keys in the bucket `logs`."""
        try:
            pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket="logs", Prefix=prefix)
            return [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        except self.s3.exceptions.NoSuchBucket:
            return []

    def log(self, key: str, bucket: str = "logs") -> str:
        """The text of a log under LogUri; empty while there is none."""
        try:
            body = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except (self.s3.exceptions.NoSuchKey, self.s3.exceptions.NoSuchBucket):
            return ""
        return gzip.decompress(body).decode()

    def wait_log(self, key: str, words: str) -> str:
        """A log, once it has these words: logs are sent while they grow."""
        return wait_for(f"{words!r} in {key}", lambda: text if words in (text := self.log(key)) else "")


def file_of(container: Any, path: str) -> bytes:
    """A file in a container: copied, since Docker may lose the output of a command on a busy machine."""
    pieces, _ = container.get_archive(path)
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as archive:
        found = archive.extractfile(archive.next() or path)
        assert found is not None, path
        return found.read()


def cluster_request(name: str, core: int = 1, task: int = 0, **other: Any) -> dict[str, Any]:
    """A RunJobFlow request; the bucket of its LogUri is not made by anybody else."""
    counts = {"MASTER": 1, "CORE": core, "TASK": task}
    groups = [
        {"InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": count}
        for role, count in counts.items()
        if count
    ]
    return {
        "Name": name,
        "ReleaseLabel": "emr-7.13.0",
        "Applications": [{"Name": "Hadoop"}, {"Name": "Spark"}],
        "LogUri": "s3://logs/",
        "ServiceRole": "EMR_DefaultRole",
        "JobFlowRole": "EMR_EC2_DefaultRole",
        "Instances": {"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True},
    } | other
