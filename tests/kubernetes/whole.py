"""`python -m tests.kubernetes.whole ENDPOINT S3`: a cluster by boto3 on a controller with Kubernetes as its runtime.

It starts a master and two core instances, runs a Spark step on YARN whose output and logs go to S3, has one core
instance's pod deleted and waits for its replacement, runs a second step, and terminates. Times are printed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import boto3
from botocore.config import Config

BUCKET = "whole"
KEYS = {
    "aws_access_key_id": os.environ.get("LOCALEMR_ACCESS_KEY", "localemr"),
    "aws_secret_access_key": os.environ.get("LOCALEMR_SECRET_KEY", "localemr-secret"),
    "region_name": "us-east-1",
}
PROGRAM = """
import socket, sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
pause = float(sys.argv[2])

def host(number):
    time.sleep(pause)
    return socket.gethostname()

hosts = spark.sparkContext.parallelize(range(40), 40).map(host).distinct().collect()
spark.range(1000).selectExpr("sum(id) as total").write.mode("overwrite").csv(sys.argv[1])
print("HOSTS", sorted(hosts))
"""
SECONDS = 900.0
CONFIGURATIONS = [
    {"Classification": name, "Properties": properties}
    for name, properties in {
        # A machine that is off is noticed sooner than on EMR, and takes no file of a job with it.
        "hdfs-site": {"dfs.replication": "2"},
        "yarn-site": {
            "yarn.nm.liveness-monitor.expiry-interval-ms": "30000",
            "yarn.am.liveness-monitor.expiry-interval-ms": "30000",
        },
        "spark-defaults": {"spark.network.timeout": "60s"},
    }.items()
]


class Whole:
    """The clients, and the time since the start."""

    def __init__(self, endpoint: str, s3: str) -> None:
        # A controller that is being replaced does not answer for some seconds.
        config = Config(retries={"mode": "standard", "max_attempts": 10}, connect_timeout=5, proxies={})
        self.emr = boto3.client("emr", endpoint_url=endpoint, config=config, **KEYS)
        self.s3 = boto3.client("s3", endpoint_url=s3, config=config, **KEYS)
        self._start = time.monotonic()
        self.cluster = ""

    def say(self, text: str) -> None:
        """With the seconds since the start."""
        print(f"{time.monotonic() - self._start:7.1f} s  {text}", flush=True)

    def until(self, holds: Callable[[], Any], what: str) -> Any:
        """What `holds` returns that is true. Raises TimeoutError."""
        deadline, shown = time.monotonic() + SECONDS, ""
        while not (found := holds()):
            status = self.emr.describe_cluster(ClusterId=self.cluster)["Cluster"]["Status"]
            text = f"{status['State']} {status['StateChangeReason'].get('Message', '')}"
            if text != shown:
                self.say(text)
                shown = text
            if time.monotonic() > deadline or status["State"] == "TERMINATED_WITH_ERRORS":
                raise TimeoutError(f"{what}: {text}")
            time.sleep(1)
        self.say(what)
        return found

    def instances(self, *states: str) -> list[Any]:
        """Instances in these states."""
        found: list[Any] = self.emr.list_instances(ClusterId=self.cluster, InstanceStates=states)["Instances"]
        return found

    def start(self) -> None:
        """Start the cluster, and wait until it waits."""
        self.s3.create_bucket(Bucket=BUCKET)
        self.s3.put_object(Bucket=BUCKET, Key="program.py", Body=PROGRAM.encode())
        groups = [
            {"InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": count}
            for role, count in (("MASTER", 1), ("CORE", 2))
        ]
        self.cluster = self.emr.run_job_flow(
            Name="whole", ReleaseLabel="emr-7.13.0", Applications=[{"Name": "Spark"}, {"Name": "Hive"}], LogUri=f"s3://{BUCKET}/logs/",
            Configurations=CONFIGURATIONS, JobFlowRole="EMR_EC2_DefaultRole", ServiceRole="EMR_DefaultRole",
            Instances={"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True},
        )["JobFlowId"]  # fmt: skip
        self.say(self.cluster)
        self.until(lambda: self.state() == "WAITING", "the cluster waits")
        for each in self.instances("RUNNING"):
            self.say(f"{each['PrivateDnsName']} {each['PrivateIpAddress']}")

    def state(self) -> str:
        """The cluster's."""
        return str(self.emr.describe_cluster(ClusterId=self.cluster)["Cluster"]["Status"]["State"])

    def step(self, number: int) -> None:
        """Run the program on YARN, and look at its output and logs."""
        self.ended(number, self.begin(number))

    def begin(self, number: int, pause: float = 0.0) -> str:
        """Start the program on YARN, whose 40 tasks take `pause` seconds each."""
        output = f"s3://{BUCKET}/output-{number}"
        arguments = ["spark-submit", "--deploy-mode", "cluster", f"s3://{BUCKET}/program.py", output, str(pause)]
        made = self.emr.add_job_flow_steps(
            JobFlowId=self.cluster,
            Steps=[{
                "Name": f"step-{number}", "ActionOnFailure": "CONTINUE",
                "HadoopJarStep": {"Jar": "command-runner.jar", "Args": arguments},
            }],
        )["StepIds"][0]  # fmt: skip
        self.until(lambda: self.state_of(made) != "PENDING", f"step {number} began")
        return str(made)

    def hive(self, name: str, script: str) -> str:
        """Run a script of Hive's and wait for it. Returns the step's id."""
        key = f"{name}.q"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=script.encode())
        return self.command(name, "hive-script", "--run-hive-script", "--args", "-f", f"s3://{BUCKET}/{key}")

    def command(self, name: str, *arguments: str) -> str:
        """Run a command as a step and wait for it. Returns the step's id."""
        (step,) = self.commands(name, [arguments])
        return step

    def commands(self, name: str, steps: Sequence[Sequence[str]]) -> list[str]:
        """Run commands as steps, one after the other, and wait for them. Returns the steps' ids."""
        made: list[str] = self.emr.add_job_flow_steps(
            JobFlowId=self.cluster,
            Steps=[{
                "Name": name, "ActionOnFailure": "CONTINUE",
                "HadoopJarStep": {"Jar": "command-runner.jar", "Args": list(arguments)},
            } for arguments in steps],
        )["StepIds"]  # fmt: skip
        self.until(lambda: all(map(self._completed, made)), f"{name}: {len(made)} steps completed")
        return made

    def _completed(self, step: str) -> bool:
        status = self.emr.describe_step(ClusterId=self.cluster, StepId=step)["Step"]["Status"]
        assert status["State"] not in ("FAILED", "CANCELLED", "INTERRUPTED"), status
        return bool(status["State"] == "COMPLETED")

    def state_of(self, step: str) -> str:
        """The step's."""
        return str(self.emr.describe_step(ClusterId=self.cluster, StepId=step)["Step"]["Status"]["State"])

    def ended(self, number: int, step: str) -> None:
        """Wait for a step, and look at its output and logs."""
        self.until(lambda: self._completed(step), f"step {number} completed")
        text = self.text(f"output-{number}/part")
        assert text.strip() == "499500", text
        self.until(lambda: self._keys(f"logs/{self.cluster}/steps/{step}/"), "its logs are in S3")

    def lose(self) -> None:
        """Have the pod of a core instance deleted, and wait for another instance."""
        before = {each["Ec2InstanceId"] for each in self.instances("RUNNING")}
        selector = f"localemr.cluster={self.cluster}"
        listing = ["kubectl", "get", "pods", "-A", "-l", selector, "-o"]
        form = r'jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name} {.metadata.annotations}{"\n"}{end}'
        pods = subprocess.run([*listing, form], capture_output=True, text=True, check=True).stdout.splitlines()
        namespace, name = next(line.split()[:2] for line in pods if '"localemr.note/role":"CORE"' in line)
        subprocess.run(["kubectl", "-n", namespace, "delete", "pod", name, "--grace-period=0", "--force"], check=True)
        self.say(f"{name} was deleted")

        def replaced() -> bool:
            now = {each["Ec2InstanceId"] for each in self.instances("RUNNING")}
            return len(now) == 3 and now != before

        self.until(replaced, "another instance runs in its place")
        for each in self.instances("TERMINATED"):
            self.say(f"{each['Ec2InstanceId']}: {each['Status']['StateChangeReason']}")

    def end(self) -> None:
        """Terminate, and look for what is left."""
        self.emr.terminate_job_flows(JobFlowIds=[self.cluster])
        self.until(lambda: self.state() == "TERMINATED", "terminated")
        kinds = [
            "kubectl",
            "get",
            "pods,secrets,services",
            "-A",
            "-l",
            f"localemr.cluster={self.cluster}",
            "-o",
            "name",
        ]

        def left() -> str:
            return subprocess.run(kinds, capture_output=True, text=True, check=True).stdout.strip()

        self.until(lambda: not left(), "nothing is left")

    def text(self, prefix: str) -> str:
        """What the objects below a prefix have."""
        keys = self._keys(prefix)
        return "".join(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys)

    def _keys(self, prefix: str) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", ())
        return [each["Key"] for each in found]


if __name__ == "__main__":
    whole = Whole(*sys.argv[1:3])
    whole.start()
    whole.step(1)
    whole.lose()
    whole.step(2)
    whole.end()
