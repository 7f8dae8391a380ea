"""pytest fixtures (docs/testing.md): `emr_memory`, `localemr`, `emr_cluster`. Installed with the package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from localemr.testing.installation import LocalEmr
    from localemr.testing.memory import MemoryEmr

# LocalEMR is imported inside the fixtures: a test run that uses none of them must not pay for them.


@pytest.fixture
def emr_memory() -> Iterator[MemoryEmr]:
    """An isolated endpoint without containers, for this test alone; its clock and outcomes are the test's."""
    from localemr.testing.memory import MemoryEmr

    with MemoryEmr() as emr:
        yield emr


@pytest.fixture(scope="session")
def localemr() -> LocalEmr:
    """The installation that the environment names, brought up when it is not; it stays up for the next run."""
    from localemr.cli.console import read_settings
    from localemr.cli.up import bring_up
    from localemr.testing.installation import LocalEmr

    settings = read_settings()
    bring_up(settings)
    return LocalEmr(settings)


@pytest.fixture(scope="session")
def emr_cluster(localemr: LocalEmr) -> Iterator[str]:
    """Id of a real cluster with Spark, a master and a core instance, ready for steps; it ends with the test run."""
    from localemr.releases import default_release

    emr = localemr.client()
    groups = [{"InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": 1} for role in ("MASTER", "CORE")]
    cluster_id = emr.run_job_flow(
        Name="pytest",
        ReleaseLabel=default_release().label,
        Applications=[{"Name": "Spark"}],
        LogUri="s3://localemr-pytest/logs/",
        Instances={"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True},
        JobFlowRole="EMR_EC2_DefaultRole",
        ServiceRole="EMR_DefaultRole",
    )["JobFlowId"]
    try:
        emr.get_waiter("cluster_running").wait(ClusterId=cluster_id, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
        yield cluster_id
    finally:
        emr.terminate_job_flows(JobFlowIds=[cluster_id])
