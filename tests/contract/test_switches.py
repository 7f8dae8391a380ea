"""TerminateJobFlows and the operations that switch something of clusters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.endpoint import Endpoint
from tests.contract.requests import UNKNOWN, refusal, run, validation

PROTECTED = "Could not shut down one or more job flows since they are termination protected."
NOT_MODIFIABLE = "A job flow that is shutting down, terminated, or finished may not be modified."


def test_terminate(endpoint: Endpoint, emr: Any) -> None:
    first, second, ended = (run(emr) for _ in range(3))
    endpoint.move(ended, "TERMINATED")
    endpoint.woken.clear()
    emr.terminate_job_flows(JobFlowIds=[first, second, ended])
    assert [endpoint.load(each).cluster.spec.terminate for each in (first, second, ended)] == [True, True, False]
    assert [endpoint.load(each).cluster.status.state for each in (first, second)] == ["STARTING", "STARTING"]
    assert endpoint.woken == [first, second]
    emr.terminate_job_flows(JobFlowIds=[first])


@pytest.mark.shows("emr", "SetTerminationProtection")
def test_terminate_is_all_or_nothing(endpoint: Endpoint, emr: Any) -> None:
    free, protected = run(emr), run(emr)
    emr.set_termination_protection(JobFlowIds=[protected], TerminationProtected=True)
    endpoint.woken.clear()
    for wanted, message in [
        ([free, protected], PROTECTED),
        ([free, UNKNOWN], "Specified job flow ID does not exist."),
        ([free, "nonsense"], "Specified job flow ID not valid"),
        ([free, free], "The JobFlowId list cannot contain duplicates"),
        ([], "The JobFlowId list cannot be empty"),
        ([free] * 11, "At most 10 job flows can be terminated at once."),
    ]:
        assert refusal(emr.terminate_job_flows, JobFlowIds=wanted) == validation(message)
    assert not endpoint.load(free).cluster.spec.terminate
    assert not endpoint.load(protected).cluster.spec.terminate
    assert endpoint.woken == []
    emr.set_termination_protection(JobFlowIds=[protected], TerminationProtected=False)
    emr.terminate_job_flows(JobFlowIds=[protected])
    assert endpoint.load(protected).cluster.spec.terminate


def test_protection_of_an_ended_cluster_is_no_obstacle(endpoint: Endpoint, emr: Any) -> None:
    ended, live = run(emr), run(emr)
    emr.set_termination_protection(JobFlowIds=[ended], TerminationProtected=True)
    endpoint.move(ended, "TERMINATED_WITH_ERRORS")
    emr.terminate_job_flows(JobFlowIds=[ended, live])
    assert endpoint.load(live).cluster.spec.terminate


@pytest.mark.shows("emr", "SetVisibleToAllUsers")
@pytest.mark.parametrize(
    ("method", "member", "shown"),
    [
        ("set_termination_protection", "TerminationProtected", lambda c: c["TerminationProtected"]),
        ("set_keep_job_flow_alive_when_no_steps", "KeepJobFlowAliveWhenNoSteps", lambda c: not c["AutoTerminate"]),
        ("set_visible_to_all_users", "VisibleToAllUsers", lambda c: c["VisibleToAllUsers"]),
        ("set_unhealthy_node_replacement", "UnhealthyNodeReplacement", lambda c: c["UnhealthyNodeReplacement"]),
    ],
)
def test_switches(endpoint: Endpoint, emr: Any, method: str, member: str, shown: Callable[[Any], bool]) -> None:
    first, second = run(emr), run(emr)
    call = getattr(emr, method)
    for value in (True, False):
        endpoint.woken.clear()
        call(JobFlowIds=[first, second], **{member: value})
        assert [shown(emr.describe_cluster(ClusterId=each)["Cluster"]) for each in (first, second)] == [value, value]
        assert endpoint.woken == [first, second]
    for wanted, message in [
        ([first, UNKNOWN], "Specified job flow ID not valid"),
        ([first, "nonsense"], "Specified job flow ID not valid"),
        ([], "The JobFlowId list cannot be empty"),
    ]:
        assert refusal(call, JobFlowIds=wanted, **{member: True}) == validation(message)
    endpoint.move(second, "TERMINATING")
    assert refusal(call, JobFlowIds=[first, second], **{member: True}) == validation(NOT_MODIFIABLE)
    assert shown(emr.describe_cluster(ClusterId=first)["Cluster"]) is False
