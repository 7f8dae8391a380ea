"""pytest fixtures (docs/testing.md): `emr_memory`, `localemr`, `emr_cluster`. Installed with the package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from localemr.testing.installation import LocalEmr
    from localemr.testing.memory import MemoryEmr

# LocalEMR is imported inside the fixtures: test runs that use none of them do not load it.


@pytest.fixture
def emr_memory() -> Iterator[MemoryEmr]:
    """An isolated endpoint without containers, for this test only; the test controls its clock and outcomes."""
    from localemr.testing.memory import MemoryEmr

    with MemoryEmr() as emr:
        yield emr


@pytest.fixture(scope="session")
def localemr() -> LocalEmr:
    """The installation of the environment's settings. It is started if needed and keeps running for the next run."""
    from localemr.cli.console import read_settings
    from localemr.cli.up import bring_up
    from localemr.testing.installation import LocalEmr

    settings = read_settings()
    bring_up(settings)
    return LocalEmr(settings)


@pytest.fixture(scope="session")
def emr_cluster(localemr: LocalEmr) -> Iterator[str]:
    """Id of a real cluster with Spark, a master and a core instance, ready for steps; terminated at the end of the test
    run."""
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
