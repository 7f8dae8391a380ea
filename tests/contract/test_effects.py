"""What operations do to a cluster's life, from the request to the end of it."""

from __future__ import annotations

import pytest

from localemr.api.model import service
from localemr.testing.memory import MemoryEmr
from tests.contract.requests import GROUPS, step
from tests.contract.shapes import faults
from tests.contract.test_testing import MARK, WAIT, ready, run, state
from tests.waiting import wait_for


@pytest.mark.shows("emr", "SetKeepJobFlowAliveWhenNoSteps")
def test_a_cluster_that_waits_ends_when_it_need_not_any_longer(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    cluster_id = ready(emr, Steps=[step("only")])
    state(emr, cluster_id, "WAITING")
    emr.set_keep_job_flow_alive_when_no_steps(JobFlowIds=[cluster_id], KeepJobFlowAliveWhenNoSteps=False)
    assert state(emr, cluster_id, "TERMINATED")["StateChangeReason"]["Code"] == "ALL_STEPS_COMPLETED"


@pytest.mark.parametrize("failed", ["one", "three"])
def test_a_transient_cluster_with_a_failed_step_ends_with_errors(emr_memory: MemoryEmr, failed: str) -> None:
    emr = emr_memory.client()
    emr_memory.control.fail_step(failed)
    steps = [step(name, ActionOnFailure="CONTINUE") for name in ("one", "two", "three")]
    cluster_id = run(emr, Steps=steps, Instances={"InstanceGroups": GROUPS, "KeepJobFlowAliveWhenNoSteps": False})
    emr.get_waiter("cluster_terminated").wait(ClusterId=cluster_id, WaiterConfig=WAIT)
    (shown,) = emr.list_clusters(ClusterStates=["TERMINATED"])["Clusters"]
    assert shown["Status"]["StateChangeReason"] == {"Code": "STEP_FAILURE", "Message": "Steps completed with errors"}
    assert emr.list_clusters(ClusterStates=["TERMINATED_WITH_ERRORS"])["Clusters"] == []
    (flow,) = emr.describe_job_flows(JobFlowStates=["COMPLETED"])["JobFlows"]
    assert flow["ExecutionStatusDetail"]["LastStateChangeReason"] == "Steps completed with errors"


@pytest.mark.shows("emr", "PutAutoTerminationPolicy")
def test_an_idle_cluster_ends_after_its_timeout(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    cluster_id = ready(emr)
    emr_memory.control.speed(0)
    emr.put_auto_termination_policy(ClusterId=cluster_id, AutoTerminationPolicy={"IdleTimeout": 600})
    emr_memory.control.advance(599)
    assert state(emr, cluster_id, "WAITING")
    emr_memory.control.advance(1)
    assert "auto-termination policy" in state(emr, cluster_id, "TERMINATED")["StateChangeReason"]["Message"]


def test_a_cluster_with_an_application_is_not_idle(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    cluster_id = ready(emr)
    control.speed(0)
    control.metric(cluster_id, "yarn-apps-running", 1)
    emr.put_auto_termination_policy(ClusterId=cluster_id, AutoTerminationPolicy={"IdleTimeout": 600})
    for _ in range(5):
        control.advance(300)
        assert state(emr, cluster_id, "WAITING")
    control.metric(cluster_id, "yarn-apps-running", 0)

    def ended() -> bool:
        control.advance(20)
        return bool(emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]["State"] == "TERMINATED")

    before = control.now()
    wait_for("the end of the idle cluster", ended, 20)
    assert control.now() - before >= 600


def test_a_cluster_whose_master_failed_has_error_details(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    match = {"name": "mark", "role": "MASTER"}
    emr_memory.control.script({"on": "bootstrap", "match": match, "result": "fail", "code": 3})
    cluster_id = run(emr, BootstrapActions=[MARK])
    (error,) = state(emr, cluster_id, "TERMINATED_WITH_ERRORS")["ErrorDetails"]
    master = emr.list_instances(ClusterId=cluster_id, InstanceGroupTypes=["MASTER"])["Instances"][0]["Ec2InstanceId"]
    assert error == {
        "ErrorCode": "BOOTSTRAP_FAILURE_PRIMARY_WITH_NON_ZERO_CODE",
        "ErrorData": [
            {"primary-instance-id": master},
            {"bootstrap-action": "1"},
            {"return-code": "3"},
            {"amazon-s3-path": "s3://b/mark.sh"},
        ],
        "ErrorMessage": f"On the master instance ({master}), bootstrap action 1 returned a non-zero return code",
    }
    assert list(faults(service("emr").shape_for("ErrorDetail"), error)) == []
