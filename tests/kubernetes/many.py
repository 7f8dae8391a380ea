"""`python -m tests.kubernetes.many FOLDER --programs PROGRAMS`: a cluster of 1,000 instances on the real API server.

Its machines are hollow (hollow.py), all else is real: API server, etcd, scheduler, and the controller as a process with
the rights of kubernetes/base/access.yaml. Printed are times, processor time and memory of each process, how long calls
of the controller waited, and the processor time for which its event loop was held (0: less than 20 ms).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.benchmarks.figures import tell
from tests.benchmarks.load import processor_seconds
from tests.kubernetes.processes import Processes, make_group, remove_group, until
from tests.kubernetes.servers import LOOPBACK, ControlPlane

ROOT = Path(__file__).parents[2]
BASE = ROOT / "kubernetes" / "base"
NAMESPACE, PORT = "localemr", 14588
CONTROLLER, HOLLOW = "controller", "hollow"
SERVERS = ("apiserver", "etcd", "scheduler", "manager", CONTROLLER, HOLLOW)
QUIET = 30.0
"""Seconds over which a cluster at rest is measured."""
LOOK = 0.25
GRACE = 600
"""Seconds: no machine stops, however long a busy host keeps it waiting."""
GATES = ("TranslateStreamCloseWebsocketRequests=false",)
"""The hollow machines' server speaks websockets, not SPDY."""


class Many:
    """The processes and a client of the controller."""

    def __init__(self, folder: Path, programs: Path, pods: int) -> None:
        self.folder, self.machines = folder, -(-pods // 100)
        self.held = folder / "held"
        """Has how long the controller's event loop was held (held.py)."""
        self.plane = ControlPlane(folder, programs, gates=GATES, grace=GRACE)
        self.processes = Processes(folder)
        config = Config(retries={"mode": "standard", "max_attempts": 3}, proxies={})
        keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
        self.emr = boto3.client("emr", endpoint_url=f"http://{LOOPBACK}:{PORT}", config=config, **keys)
        self.cluster = ""

    def up(self) -> None:
        """Start everything."""
        make_group()
        self.plane.up()
        for file in ("namespace.yaml", "access.yaml"):
            self.kubectl("apply", "-n", NAMESPACE, "-f", str(BASE / file))
        module = [sys.executable, "-m", "tests.kubernetes.hollow", str(self.folder)]
        self.processes.start(HOLLOW, [*module, "--machines", str(self.machines)], {"PYTHONPATH": str(ROOT)})
        until(lambda: self.kubectl("get", "nodes").count(" Ready") == self.machines, "machines are not ready")
        token = self.kubectl("create", "token", "controller", "-n", NAMESPACE, "--duration=4h").strip()
        settings = {
            "RUNTIME": "kubernetes", "KUBERNETES_NAMESPACE": NAMESPACE,
            "HOME": str(self.folder / "home"), "PORT": str(PORT),
            "S3_ENDPOINT": "http://127.0.0.1:9", "NODE_S3_ENDPOINT": "http://127.0.0.1:9", "AWS_ENDPOINTS": "off",
            "CONTROL": "off", "CATALOG_ENDPOINT": "127.0.0.1:9",
        }  # fmt: skip
        environment = {f"LOCALEMR_{name}": value for name, value in settings.items()}
        environment |= {"KUBECONFIG": str(self.plane.kubeconfig_of("controller", token)), "PYTHONPATH": str(ROOT)}
        module = [sys.executable, "-m", "tests.kubernetes.held", str(self.held)]
        self.processes.start(CONTROLLER, module, environment, nice=False)
        until(lambda: self._answers(), "the controller does not answer")

    def down(self) -> None:
        """End everything."""
        for name in (CONTROLLER, HOLLOW):
            self.processes.end(name)
        self.plane.down()
        remove_group()

    def kubectl(self, *arguments: str) -> str:
        """The command's output. Raises CalledProcessError."""
        command = ["kubectl", "--kubeconfig", str(self.plane.kubeconfig), *arguments]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout

    def start(self, instances: int) -> None:
        """Have a cluster started, until it waits."""
        self.cluster = self.emr.run_job_flow(
            Name="many", ReleaseLabel="emr-7.13.0", Applications=[{"Name": "Spark"}],
            JobFlowRole="EMR_EC2_DefaultRole", ServiceRole="EMR_DefaultRole",
            Instances={
                "MasterInstanceType": "m5.xlarge", "SlaveInstanceType": "m5.xlarge", "InstanceCount": instances,
                "KeepJobFlowAliveWhenNoSteps": True,
            },
        )["JobFlowId"]  # fmt: skip
        self.wait("WAITING")

    def wait(self, state: str) -> None:
        """Until the cluster has a state."""

        def there() -> bool:
            found = self.emr.describe_cluster(ClusterId=self.cluster)["Cluster"]["Status"]
            assert found["State"] == state or found["State"] != "TERMINATED_WITH_ERRORS", found
            return bool(found["State"] == state)

        until(there, state, 3600)

    def step(self) -> None:
        """Run a step."""
        made = {"Name": "s", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["true"]}}
        step = self.emr.add_job_flow_steps(JobFlowId=self.cluster, Steps=[made])["StepIds"][0]

        def done() -> bool:
            found = self.emr.describe_step(ClusterId=self.cluster, StepId=step)["Step"]["Status"]["State"]
            return bool(found == "COMPLETED")

        until(done, "the step", 600)

    def end(self) -> None:
        """Terminate, until nothing of it is left."""
        self.emr.terminate_job_flows(JobFlowIds=[self.cluster])
        self.wait("TERMINATED")
        kinds = "pods,secrets,services"
        until(lambda: self.kubectl("get", kinds, "-n", NAMESPACE, "-l", "localemr.cluster", "-o", "name") == "", "left")

    @contextmanager
    def measured(self, what: str) -> Iterator[None]:
        """Tell the time of a block, what it took of each process, and how long a call of the controller waited."""
        waits, ended = list[float](), threading.Event()
        asking = threading.Thread(target=self._ask, args=(waits, ended), daemon=True)
        self.held.write_text("")
        before, began = self._spent(), time.monotonic()
        asking.start()
        try:
            yield
        finally:
            seconds, after = time.monotonic() - began, self._spent()
            ended.set()
            asking.join()
            spent = {name: round(after[name] - before[name], 1) for name in SERVERS}
            memory = {name: self._memory(name) for name in SERVERS}
            load, ordered = os.getloadavg()[0], sorted(waits)
            tell(what, seconds=seconds, processor_s=spent, peak_or_now_mb=memory, load=load, calls=len(waits),
                 median_ms=ordered[len(waits) // 2] * 1000, p99_ms=ordered[int(len(waits) * 0.99)] * 1000,
                 longest_ms=ordered[-1] * 1000, longest_held_ms=self._longest_held())  # fmt: skip

    def _ask(self, waits: list[float], ended: threading.Event) -> None:
        while not waits or not ended.wait(LOOK):
            began = time.monotonic()
            self.emr.list_clusters()
            waits.append(time.monotonic() - began)

    def _longest_held(self) -> int:
        return max(map(int, self.held.read_text().split()), default=0)

    def _spent(self) -> dict[str, float]:
        return {name: processor_seconds(self._pid(name)) for name in SERVERS}

    def _memory(self, name: str) -> list[int]:
        lines = Path(f"/proc/{self._pid(name)}/status").read_text().splitlines()
        return [int(line.split()[1]) // 1024 for line in lines if line.startswith(("VmHWM", "VmRSS"))]

    def _pid(self, name: str) -> int:
        return int((self.folder / "pids" / name).read_text())

    def _answers(self) -> bool:
        try:
            return bool(self.emr.list_clusters())
        except OSError:
            return False
        except Exception as error:  # botocore's own, for a port that is not open yet
            if "Could not connect" in str(error):
                return False
            raise


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.kubernetes.many", description=__doc__)
    parser.add_argument("folder", type=Path, help="a new one, for state and logs")
    parser.add_argument("--programs", type=Path, required=True, help="folder of kubernetes and etcd")
    parser.add_argument("--instances", type=int, default=1000)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    many = Many(options.folder.absolute(), options.programs.absolute(), options.instances)
    phases: dict[str, Callable[[], Any]] = {
        "start": lambda: many.start(options.instances),
        f"at rest for {QUIET:.0f} s": lambda: time.sleep(QUIET),
        "a step": many.step,
        "end": many.end,
    }
    try:
        many.up()
        for what, act in phases.items():
            with many.measured(what):
                act()
    finally:
        many.down()


if __name__ == "__main__":
    main()
