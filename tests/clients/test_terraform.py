"""The real Terraform with its AWS provider against LocalEMR: everything of EMR's that the provider makes, and an
alarm.

Needs `terraform` on the PATH, and the provider in a folder laid out as `terraform providers mirror` makes it:
LOCALEMR_TEST_TERRAFORM_PLUGINS, or one of the places below. It takes minutes, which the provider sleeps through.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from localemr.testing.memory import MemoryEmr

CONFIGURATION = Path(__file__).with_name("terraform")
CHANGES = {
    "tags": '{team="web",cost="1"}', "concurrency": "3", "core": "2", "visible": "false", "idle": "7200",
    "unhealthy": "true", "protected": "false",
}  # fmt: skip
UNCHANGED = 0
"""What `plan -detailed-exitcode` ends with when there is nothing to do; 2 with changes."""


def plugins() -> Path | None:
    """The folder that has the provider."""
    named = os.environ.get("LOCALEMR_TEST_TERRAFORM_PLUGINS")
    usual = ("~/.terraform.d/plugins", "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins")
    places = [Path(named)] if named else [*(Path(each).expanduser() for each in usual), *Path("/opt").glob("*")]
    return next((place for place in places if any(place.glob("*/hashicorp/aws/*/*"))), None)


class Terraform:
    """A working folder with the configuration, and the endpoint in the environment."""

    def __init__(self, folder: Path, found: Path, endpoint: str) -> None:
        shutil.copytree(CONFIGURATION, folder, dirs_exist_ok=True)
        self.folder = folder
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
        addresses = {f"AWS_ENDPOINT_URL_{name}": endpoint for name in ("CLOUDWATCH", "EMR", "STS")}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
        self.environ = kept | keys | addresses | {"AWS_EC2_METADATA_DISABLED": "true", "CHECKPOINT_DISABLE": "1"}
        self.run("init", f"-plugin-dir={found}")

    def run(self, *arguments: str, expected: int = 0, **variables: str) -> str:
        """A command of Terraform's; a failure with its output when it does not end as expected."""
        settings = [f"-var={name}={value}" for name, value in variables.items()]
        done = subprocess.run(
            ["terraform", *arguments, "-no-color", *settings], cwd=self.folder, env=self.environ, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600,
        )  # fmt: skip
        assert done.returncode == expected, f"terraform {' '.join(arguments)}: {done.returncode}\n{done.stdout}"
        return done.stdout


@pytest.fixture
def emr() -> Iterator[MemoryEmr]:
    with MemoryEmr() as emr:
        yield emr


def test_apply_plan_change_destroy(emr: MemoryEmr, tmp_path: Path) -> None:
    found = plugins()
    if found is None or shutil.which("terraform") is None:
        pytest.skip("this machine has no terraform, or no folder with its AWS provider (see the head of this file)")
    terraform = Terraform(tmp_path / "terraform", found, emr.endpoint)
    assert "10 added, 0 changed, 0 destroyed" in terraform.run("apply", "-auto-approve")
    terraform.run("plan", "-detailed-exitcode", expected=UNCHANGED)
    assert "0 added, 3 changed, 0 destroyed" in terraform.run("apply", "-auto-approve", **CHANGES)
    terraform.run("plan", "-detailed-exitcode", expected=UNCHANGED, **CHANGES)
    (alarm,) = emr.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert (alarm["AlarmName"], alarm["Threshold"]) == ("hdfs-full", 80.0)
    clusters = emr.client().list_clusters()["Clusters"]
    assert sorted(each["Name"] for each in clusters) == ["fleets", "groups"]
    assert "10 destroyed" in terraform.run("destroy", "-auto-approve", **CHANGES)
    assert {each["Status"]["State"] for each in emr.client().list_clusters()["Clusters"]} == {"TERMINATED"}
