"""A cluster of a demo and its steps, by calls of the EMR API as in a user's own boto3 program; its phases are timed."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from localemr.problem import Problem

# The server holds a waiter's request until the state is reached, so a short delay between requests is cheap.
WAIT = {"Delay": 1, "MaxAttempts": 900}
LOG_SECONDS = 60
TAIL_LINES = 25

Report = Callable[[str], None]
Phase = Callable[[str], AbstractContextManager[Report]]


@dataclass
class Run:
    """A run of a demo. `phase` shows a phase while it runs and yields a function for progress messages."""

    emr: Any
    s3: Any
    phase: Phase
    cluster_id: str = ""
    step_id: str = ""
    """Of the last step."""
    bucket: str = ""
    logs: str = ""
    """The cluster's LogUri; empty: `logs/` in the bucket."""
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def log_uri(self) -> str:
        """The cluster's LogUri."""
        return self.logs or f"s3://{self.bucket}/logs/"

    @property
    def step_logs(self) -> str:
        """The location of the last step's logs."""
        return f"{self.log_uri}{self.cluster_id}/steps/{self.step_id}/"

    def start(self, request: Mapping[str, Any]) -> None:
        """RunJobFlow, and wait until the cluster accepts steps. Problem when it does not."""
        with self.timed("cluster ready") as report:
            self.cluster_id = self.emr.run_job_flow(**request)["JobFlowId"]
            report(self.cluster_id)
            self._wait("cluster_running", {"ClusterId": self.cluster_id}, self._cluster_news, report)

    def complete(self, step: Mapping[str, Any], name: str) -> None:
        """AddJobFlowSteps as a phase of this name, and wait until the step is complete. Problem when it fails."""
        with self.timed(name) as report:
            self.step_id = self.emr.add_job_flow_steps(JobFlowId=self.cluster_id, Steps=[step])["StepIds"][0]
            report(self.step_id)
            self._wait("step_complete", {"ClusterId": self.cluster_id, "StepId": self.step_id}, self._step_news, report)

    def terminate(self) -> None:
        """TerminateJobFlows, and wait until the cluster has ended."""
        if not self.cluster_id:
            return
        with self.timed("cluster terminated") as report:
            self.emr.terminate_job_flows(JobFlowIds=[self.cluster_id])
            self._wait("cluster_terminated", {"ClusterId": self.cluster_id}, self._cluster_news, report)

    @contextmanager
    def timed(self, name: str) -> Iterator[Report]:
        """A phase of this name."""
        start = time.monotonic()
        with self.phase(name) as report:
            yield report
        self.seconds[name] = time.monotonic() - start

    def ensure_bucket(self) -> None:
        """The bucket exists afterwards."""
        if self.bucket not in {bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]}:
            self.s3.create_bucket(Bucket=self.bucket)

    def keys(self, prefix: str, bucket: str = "") -> list[str]:
        """All keys that begin so."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket or self.bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

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
        bucket, _, prefix = self.step_logs.removeprefix("s3://").partition("/")
        key = f"{prefix}stderr.gz"
        deadline = time.monotonic() + LOG_SECONDS
        while time.monotonic() < deadline:
            if key in self.keys(key, bucket):
                body = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
                return "\n".join(gzip.decompress(body).decode(errors="replace").splitlines()[-TAIL_LINES:])
            time.sleep(0.5)
        return ""
