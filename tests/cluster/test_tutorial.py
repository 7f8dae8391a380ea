"""Tutorials, followed word for word: Amazon's and our own.

Of Amazon's 'Getting started with Amazon EMR' the AWS CLI commands are left out that make IAM's roles
(`create-default-roles`) and the key pair, and logging in with it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.models.containers import Container

from localemr.demo import flow, inspections
from localemr.images.plan import reference
from tests.cluster.installation import Installation, wait_for

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def aws(installation: Installation, tmp_path: Path) -> Iterator[Container]:
    """A computer with the AWS CLI, the tutorial's script and data, and the endpoints in its environment."""
    (tmp_path / "health_violations.py").write_bytes(flow.SCRIPT.read_bytes())
    (tmp_path / "food_establishment_data.csv").write_text(inspections.as_csv(inspections.rows()))
    environ = {
        "AWS_ENDPOINT_URL_EMR": installation.emr.meta.endpoint_url,
        "AWS_ENDPOINT_URL_S3": installation.s3.meta.endpoint_url,
        "AWS_ENDPOINT_URL_GLUE": installation.glue.meta.endpoint_url,
        "AWS_ACCESS_KEY_ID": "localemr",
        "AWS_SECRET_ACCESS_KEY": "localemr-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "",
    }
    container = installation.docker.containers.run(
        reference("base"), ["sleep", "infinity"], detach=True, network_mode="host", environment=environ,
        volumes={str(tmp_path): {"bind": str(tmp_path), "mode": "rw"}}, working_dir=str(tmp_path),
        labels={"localemr.installation": installation.name},
    )  # fmt: skip
    yield container
    container.remove(force=True)


def test_getting_started(installation: Installation, aws: Container) -> None:
    def run(command: str) -> Any:
        output = installation.run_in(aws, "bash", "-c", command, user="root")
        return json.loads(output) if output.startswith("{") else output

    run("aws s3 mb s3://amzn-s3-demo-bucket")
    run("aws s3 cp health_violations.py s3://amzn-s3-demo-bucket")
    run("aws s3 cp food_establishment_data.csv s3://amzn-s3-demo-bucket")
    made = run(
        'aws emr create-cluster --name "My First EMR Cluster" --release-label emr-7.13.0 '
        "--applications Name=Spark --ec2-attributes KeyName=myEMRKeyPairName --instance-type m5.xlarge "
        "--instance-count 3 --use-default-roles"
    )
    cluster = made["ClusterId"]
    assert made["ClusterArn"].endswith(f":cluster/{cluster}")

    def state() -> str:
        return str(run(f"aws emr describe-cluster --cluster-id {cluster}")["Cluster"]["Status"]["State"])

    wait_for("the cluster to be WAITING", lambda: state() == "WAITING")
    added = run(
        f'aws emr add-steps --cluster-id {cluster} --steps \'Type=Spark,Name="My Spark Application",'
        "ActionOnFailure=CONTINUE,Args=[s3://amzn-s3-demo-bucket/health_violations.py,--data_source,"
        "s3://amzn-s3-demo-bucket/food_establishment_data.csv,--output_uri,s3://amzn-s3-demo-bucket/MyOutputFolder]'"
    )
    (step,) = added["StepIds"]

    def step_state() -> str:
        shown = run(f"aws emr describe-step --cluster-id {cluster} --step-id {step}")["Step"]
        assert shown["Name"] == "My Spark Application"
        return str(shown["Status"]["State"])

    wait_for("the step to end", lambda: step_state() not in ("PENDING", "RUNNING"))
    assert step_state() == "COMPLETED"
    listing = run("aws s3 ls s3://amzn-s3-demo-bucket/MyOutputFolder/")
    assert "_SUCCESS" in listing
    (part,) = [line.split()[-1] for line in listing.splitlines() if "part-" in line]
    result = run(f"aws s3 cp s3://amzn-s3-demo-bucket/MyOutputFolder/{part} -")
    assert inspections.read_result([result]) == inspections.top_red(inspections.as_csv(inspections.rows()))

    run(f"aws emr terminate-clusters --cluster-ids {cluster}")
    wait_for("the cluster to be TERMINATED", lambda: state() == "TERMINATED")


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """Language and text of the blocks of a page of docs/."""
    yield from re.findall(r"^```(\w*)\n(.*?)^```$", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)


def follow(installation: Installation, aws: Container, page: str, folder: Path) -> None:
    """Type what the page says in one shell; what it says that one sees is there, in that order."""
    tools = {
        "localemr": f'exec {sys.executable} -m localemr "$@"',
        "python": f'exec {sys.executable} "$@"',
        "aws": f'exec docker exec --interactive {aws.id} aws "$@"',
    }
    (folder / "bin").mkdir()
    for name, text in tools.items():
        (folder / "bin" / name).write_text(f"#!/bin/bash\n{text}\n")
        (folder / "bin" / name).chmod(0o755)
    lines, shown = [f"PATH={folder}/bin:$PATH"], []
    for language, text in blocks(page):
        if language == "text":
            shown.append(text)
        else:
            lines.append(text if not language else f"{language} - <<'BLOCK'\n{text}BLOCK")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(lines)],
        cwd=folder, env=installation.environ, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert shown
    left = done.stdout
    for text in shown:
        _, found, left = left.partition(text)
        assert found, f"not seen: {text}\nin\n{done.stdout}"


@pytest.mark.parametrize("page", ["hive.md", "glue.md"])
def test_our_tutorials(installation: Installation, aws: Container, tmp_path: Path, page: str) -> None:
    follow(installation, aws, page, tmp_path)
