"""The end of the shared cluster: the last of its files, by name."""

from __future__ import annotations

import pytest

from tests.cluster.installation import Installation


@pytest.mark.shows("emr", "TerminateJobFlows")
def test_termination_leaves_logs_and_nothing_else(installation: Installation, shared: str) -> None:
    installation.emr.terminate_job_flows(JobFlowIds=[shared])
    cluster = installation.wait_state(shared, "TERMINATED", seconds=90)
    assert cluster["Status"]["StateChangeReason"]["Code"] == "USER_REQUEST"
    assert not installation.containers(shared)
    assert not installation.docker.networks.list(filters={"label": f"localemr.cluster={shared}"})
    keys = installation.keys(f"{shared}/node/")
    assert any("/applications/hadoop-hdfs/" in key for key in keys)
    assert any("/bootstrap-actions/1/stdout.gz" in key for key in keys)
