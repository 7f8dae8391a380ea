"""The demo without a name: a Spark step over restaurant inspections, and its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localemr.demo import inspections
from localemr.demo.inspections import Totals
from localemr.demo.run import Run
from localemr.problem import Problem
from localemr.releases import default_release

BUCKET = "localemr-demo"
INSTANCE_TYPE = "m5.xlarge"
SCRIPT = Path(__file__).with_name("top_red_violations.py")
DATA_KEY = "input/inspections.csv"
SCRIPT_KEY = f"scripts/{SCRIPT.name}"
LOGS = f"s3://{BUCKET}/logs/"


@dataclass
class Demo(Run):
    """One run of it."""

    bucket: str = BUCKET
    expected: Totals = field(default_factory=list)

    @property
    def output_uri(self) -> str:
        """Where this run's step writes its result."""
        return f"s3://{BUCKET}/output/{self.cluster_id}/"

    def prepare(self) -> None:
        """Generate the data, compute the expected result in plain Python, and upload data and script."""
        with self.timed("data generated and uploaded") as report:
            report(f"{inspections.ROWS:,} inspections")
            text = inspections.as_csv(inspections.rows())
            self.expected = inspections.top_red(text)
            report("uploading")
            self.ensure_bucket()
            self.s3.put_object(Bucket=BUCKET, Key=DATA_KEY, Body=text.encode(), ContentType="text/csv")
            self.s3.upload_file(str(SCRIPT), BUCKET, SCRIPT_KEY)

    def start_cluster(self) -> None:
        """RunJobFlow, and wait until the cluster accepts steps."""
        self.start(cluster_request())

    def run_step(self) -> None:
        """AddJobFlowSteps, and wait until the step is complete."""
        self.complete(step_request(self.output_uri), "step completed")

    def read_answer(self) -> Totals:
        """The step's result, from S3."""
        with self.timed("result read"):
            keys = self.keys(f"output/{self.cluster_id}/")
            parts = [self._text(key) for key in keys if key.endswith(".csv")]
        if not parts:
            raise Problem(f"the step completed but left no CSV under {self.output_uri}", f"see {self.step_logs}")
        return inspections.read_result(parts)

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
