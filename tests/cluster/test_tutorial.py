"""Amazon's tutorial 'Getting started with Amazon EMR', its AWS CLI commands as they are printed there.

Left out: `create-default-roles` (IAM), the key pair that it has made, and logging in with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.models.containers import Container

from localemr.demo import flow, inspections
from localemr.images import reference
from tests.cluster.installation import Installation, wait_for

FILES = "/tutorial"


@pytest.fixture
def aws(installation: Installation, tmp_path: Path) -> Iterator[Container]:
    """A computer with the AWS CLI, the tutorial's script and data, and the endpoints in its environment."""
    (tmp_path / "health_violations.py").write_bytes(flow.SCRIPT.read_bytes())
    (tmp_path / "food_establishment_data.csv").write_text(inspections.as_csv(inspections.rows()))
    environ = {
        "AWS_ENDPOINT_URL_EMR": installation.emr.meta.endpoint_url,
        "AWS_ENDPOINT_URL_S3": installation.s3.meta.endpoint_url,
        "AWS_ACCESS_KEY_ID": "localemr",
        "AWS_SECRET_ACCESS_KEY": "localemr-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "",
    }
    container = installation.docker.containers.run(
        reference("base"), ["sleep", "infinity"], detach=True, network_mode="host", environment=environ,
        volumes={str(tmp_path): {"bind": FILES, "mode": "ro"}}, labels={"localemr.installation": installation.name},
        working_dir=FILES,
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

    wait_for("the cluster to be WAITING", lambda: state() == "WAITING", 180)
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

    wait_for("the step to end", lambda: step_state() not in ("PENDING", "RUNNING"), 240)
    assert step_state() == "COMPLETED"
    listing = run("aws s3 ls s3://amzn-s3-demo-bucket/MyOutputFolder/")
    assert "_SUCCESS" in listing
    (part,) = [line.split()[-1] for line in listing.splitlines() if "part-" in line]
    result = run(f"aws s3 cp s3://amzn-s3-demo-bucket/MyOutputFolder/{part} -")
    assert inspections.read_result([result]) == inspections.top_red(inspections.as_csv(inspections.rows()))

    run(f"aws emr terminate-clusters --cluster-ids {cluster}")
    wait_for("the cluster to be TERMINATED", lambda: state() == "TERMINATED", 60)
