"""The demo's calls of the EMR API, as in a user's own boto3 program; its phases are timed."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

from localemr.demo import inspections
from localemr.demo.inspections import Totals
from localemr.problem import Problem
from localemr.releases import default_release

BUCKET = "localemr-demo"
INSTANCE_TYPE = "m5.xlarge"
SCRIPT = Path(__file__).with_name("top_red_violations.py")
DATA_KEY = "input/inspections.csv"
SCRIPT_KEY = f"scripts/{SCRIPT.name}"
LOGS = f"s3://{BUCKET}/logs/"
# The server holds a waiter's request until the state is reached, so a short delay between requests is cheap.
WAIT = {"Delay": 1, "MaxAttempts": 900}
LOG_SECONDS = 60
TAIL_LINES = 25

Report = Callable[[str], None]
Phase = Callable[[str], AbstractContextManager[Report]]


@dataclass
class Demo:
    """One run of the demo. `phase` shows a phase while it runs and yields a function for progress messages."""

    emr: Any
    s3: Any
    phase: Phase
    cluster_id: str = ""
    step_id: str = ""
    expected: Totals = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def output_uri(self) -> str:
        """Where this run's step writes its result."""
        return f"s3://{BUCKET}/output/{self.cluster_id}/"

    @property
    def step_logs(self) -> str:
        """The location of this run's step logs."""
        return f"{LOGS}{self.cluster_id}/steps/{self.step_id}/"

    def prepare(self) -> None:
        """Generate the data, compute the expected result in plain Python, and upload data and script."""
        with self._timed("data generated and uploaded") as report:
            report(f"{inspections.ROWS:,} inspections")
            text = inspections.as_csv(inspections.rows())
            self.expected = inspections.top_red(text)
            report("uploading")
            self._ensure_bucket()
            self.s3.put_object(Bucket=BUCKET, Key=DATA_KEY, Body=text.encode(), ContentType="text/csv")
            self.s3.upload_file(str(SCRIPT), BUCKET, SCRIPT_KEY)

    def start_cluster(self) -> None:
        """RunJobFlow, and wait until the cluster accepts steps."""
        with self._timed("cluster ready") as report:
            self.cluster_id = self.emr.run_job_flow(**cluster_request())["JobFlowId"]
            report(self.cluster_id)
            self._wait("cluster_running", {"ClusterId": self.cluster_id}, self._cluster_news, report)

    def run_step(self) -> None:
        """AddJobFlowSteps, and wait until the step is complete."""
        with self._timed("step completed") as report:
            step = step_request(self.output_uri)
            self.step_id = self.emr.add_job_flow_steps(JobFlowId=self.cluster_id, Steps=[step])["StepIds"][0]
            report(self.step_id)
            self._wait("step_complete", {"ClusterId": self.cluster_id, "StepId": self.step_id}, self._step_news, report)

    def read_answer(self) -> Totals:
        """The step's result, from S3."""
        with self._timed("result read"):
            keys = self._keys(f"output/{self.cluster_id}/")
            parts = [self._text(key) for key in keys if key.endswith(".csv")]
        if not parts:
            raise Problem(f"the step completed but left no CSV under {self.output_uri}", f"see {self.step_logs}")
        return inspections.read_result(parts)

    def terminate(self) -> None:
        """TerminateJobFlows, and wait until the cluster has ended."""
        if not self.cluster_id:
            return
        with self._timed("cluster terminated") as report:
            self.emr.terminate_job_flows(JobFlowIds=[self.cluster_id])
            self._wait("cluster_terminated", {"ClusterId": self.cluster_id}, self._cluster_news, report)

    @contextmanager
    def _timed(self, name: str) -> Iterator[Report]:
        start = time.monotonic()
        with self.phase(name) as report:
            yield report
        self.seconds[name] = time.monotonic() - start

    def _wait(self, waiter: str, subject: dict[str, str], news: Callable[[], str], report: Report) -> None:
        """Run botocore's waiter in a thread, and report the state meanwhile.

        It is a daemon thread, so that Ctrl-C does not wait for the waiter.
        """
        failures: list[BaseException] = []

        def wait() -> None:
            try:
                self.emr.get_waiter(waiter).wait(**subject, WaiterConfig=WAIT)
            except Exception as error:
                failures.append(error)

        thread = Thread(target=wait, daemon=True)
        thread.start()
        while thread.is_alive():
            report(news())
            thread.join(1.0)
        if failures:
            raise self._explained(waiter, failures[0], news())

    def _explained(self, waiter: str, error: BaseException, news: str) -> Problem:
        if waiter == "step_complete":
            return self._step_problem()
        return Problem(f"cluster {self.cluster_id}: {news} ({error})", "see `localemr status` and `localemr doctor`")

    def _cluster_news(self) -> str:
        status = self.emr.describe_cluster(ClusterId=self.cluster_id)["Cluster"]["Status"]
        reason = status.get("StateChangeReason", {}).get("Message", "")
        return f"{self.cluster_id} {status['State']} {reason}".strip()

    def _step(self) -> Any:
        return self.emr.describe_step(ClusterId=self.cluster_id, StepId=self.step_id)["Step"]

    def _step_news(self) -> str:
        return f"{self.step_id} {self._step()['Status']['State']}"

    def _step_problem(self) -> Problem:
        status = self._step()["Status"]
        details = status.get("FailureDetails", {})
        lines = [f"step {self.step_id} is {status['State']}"]
        lines += [f"  {name}: {details[name]}" for name in ("Reason", "Message", "LogFile") if details.get(name)]
        tail = self._stderr_tail()
        if tail:
            lines += [f"the end of {self.step_logs}stderr.gz:", tail]
        return Problem("\n".join(lines), f"the step's logs are under {self.step_logs}")

    def _stderr_tail(self) -> str:
        """The end of the step's standard error from the LogUri, where it is uploaded within seconds after the step's
        end."""
        key = f"{self.step_logs.removeprefix(f's3://{BUCKET}/')}stderr.gz"
        deadline = time.monotonic() + LOG_SECONDS
        while time.monotonic() < deadline:
            if key in self._keys(key):
                body = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
                return "\n".join(gzip.decompress(body).decode(errors="replace").splitlines()[-TAIL_LINES:])
            time.sleep(0.5)
        return ""

    def _ensure_bucket(self) -> None:
        if BUCKET not in {bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]}:
            self.s3.create_bucket(Bucket=BUCKET)

    def _keys(self, prefix: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def _text(self, key: str) -> str:
        return str(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode())


def cluster_request() -> dict[str, Any]:
    """RunJobFlow's input: one master, one core and one task instance with Hadoop and Spark."""
    groups = [
        {"Name": role.title(), "InstanceRole": role, "InstanceType": INSTANCE_TYPE, "InstanceCount": 1}
        for role in ("MASTER", "CORE", "TASK")
    ]
    return {
        "Name": "LocalEMR demo",
        "ReleaseLabel": default_release().label,
        "Applications": [{"Name": "Hadoop"}, {"Name": "Spark"}],
        "LogUri": LOGS,
        "Instances": {"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True},
        "JobFlowRole": "EMR_EC2_DefaultRole",
        "ServiceRole": "EMR_DefaultRole",
        "Tags": [{"Key": "purpose", "Value": "demo"}],
    }


def step_request(output_uri: str) -> dict[str, Any]:
    """The Spark step of EMR's tutorial."""
    command = ["spark-submit", "--deploy-mode", "cluster", f"s3://{BUCKET}/{SCRIPT_KEY}"]
    arguments = ["--data_source", f"s3://{BUCKET}/{DATA_KEY}", "--output_uri", output_uri]
    return {
        "Name": "Top red violations",
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": command + arguments},
    }
