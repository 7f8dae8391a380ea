"""Operations on steps."""

from __future__ import annotations

from typing import Any

import pytest

from localemr.domain.model.steps import Failure
from tests.contract.endpoint import START, Endpoint
from tests.contract.requests import RUNTIME_ROLES, UNKNOWN, invalid, refusal, run, step, validation

TOO_MANY = "Maximum number of active steps(State = 'Running', 'Pending' or 'Cancel_Pending') for cluster exceeded."


def add(emr: Any, cluster_id: str, *steps: dict[str, Any], **members: Any) -> list[str]:
    ids: list[str] = emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=list(steps), **members)["StepIds"]
    return ids


def test_add_describe_and_list(endpoint: Endpoint, emr: Any) -> None:
    emr.create_security_configuration(Name="roles", SecurityConfiguration=RUNTIME_ROLES)
    cluster_id = run(emr, Steps=[step("first")], SecurityConfiguration="roles")
    endpoint.woken.clear()
    endpoint.now += 5
    jar = {"Jar": "s3://b/x.jar", "MainClass": "M", "Args": ["a", "b"], "Properties": [{"Key": "k", "Value": "v"}]}
    role = "arn:aws:iam::123456789012:role/runtime"
    second, third = add(
        emr, cluster_id, {"Name": "second", "HadoopJarStep": jar, "ActionOnFailure": "CONTINUE"}, step("third"),
        ExecutionRoleArn=role,
    )  # fmt: skip
    assert endpoint.woken == [cluster_id]
    shown = emr.describe_step(ClusterId=cluster_id, StepId=second)["Step"]
    assert shown["Status"]["Timeline"].pop("CreationDateTime").timestamp() == START + 5
    assert shown == {
        "Id": second,
        "Name": "second",
        "Config": {"Jar": "s3://b/x.jar", "Properties": {"k": "v"}, "MainClass": "M", "Args": ["a", "b"]},
        "ActionOnFailure": "CONTINUE",
        "Status": {"State": "PENDING", "StateChangeReason": {}, "Timeline": {}},
        "ExecutionRoleArn": role,
    }
    listed = emr.list_steps(ClusterId=cluster_id)["Steps"]
    assert [each["Name"] for each in listed] == ["third", "second", "first"]
    assert listed[0]["Config"] == {"Jar": "command-runner.jar", "Properties": {}, "Args": []}
    assert listed[0]["ActionOnFailure"] == "TERMINATE_CLUSTER"
    assert (listed[0]["Id"], "ExecutionRoleArn" in listed[0]) == (third, False)


def test_a_failed_step(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    (step_id,) = add(emr, cluster_id, step())
    failure = Failure("Unknown Error.", "", "s3://logs/stderr.gz")
    endpoint.move_step(cluster_id, step_id, "FAILED", started=START + 1, ended=START + 2, failure=failure)
    status = emr.describe_step(ClusterId=cluster_id, StepId=step_id)["Step"]["Status"]
    assert status["FailureDetails"] == {"Reason": "Unknown Error.", "LogFile": "s3://logs/stderr.gz"}
    timeline = status["Timeline"]
    assert [timeline[name].timestamp() for name in ("StartDateTime", "EndDateTime")] == [START + 1, START + 2]


def test_refused_steps_are_not_stored(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    concurrent = run(emr, StepConcurrencyLevel=2)
    ended, ending, requested = run(emr), run(emr), run(emr)
    endpoint.move(ended, "TERMINATED")
    endpoint.move(ending, "TERMINATING")
    emr.terminate_job_flows(JobFlowIds=[requested])
    endpoint.woken.clear()
    not_modifiable = "A job flow that is shutting down, terminated, or finished may not be modified."
    for wanted, steps, message in [
        ("j-1", [step()], "jobFlowId 'j-1' is not valid."),
        (UNKNOWN, [step()], "Specified job flow ID does not exist."),
        (ended, [step()], not_modifiable),
        (ending, [step()], not_modifiable),
        (requested, [step()], not_modifiable),
        (cluster_id, [step()] * 257, TOO_MANY),
        (concurrent, [step(ActionOnFailure="CONTINUE"), step()], "Action on failure 'TERMINATE_CLUSTER' is invalid."),
        (
            concurrent,
            [step(ActionOnFailure="CANCEL_AND_WAIT")],
            "Action on failure 'CANCEL_AND_WAIT' is invalid.",
        ),
        (
            cluster_id,
            [step(ActionOnFailure="PANIC")],
            "1 validation error detected: Value 'PANIC' at 'steps.1.member.actionOnFailure' failed to satisfy "
            "constraint: Member must satisfy enum value set: [TERMINATE_JOB_FLOW, TERMINATE_CLUSTER, CANCEL_AND_WAIT, "
            "CONTINUE]",
        ),
    ]:
        assert refusal(emr.add_job_flow_steps, JobFlowId=wanted, Steps=steps) == validation(message)
    assert [endpoint.load(each).steps for each in (cluster_id, concurrent, ended, ending, requested)] == [()] * 5
    assert endpoint.woken == []


def test_256_active_steps(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr, Steps=[step()] * 200)
    ids = add(emr, cluster_id, *[step()] * 56)
    assert refusal(emr.add_job_flow_steps, JobFlowId=cluster_id, Steps=[step()]) == validation(TOO_MANY)
    endpoint.move_step(cluster_id, ids[-1], "COMPLETED")
    (new,) = add(emr, cluster_id, step())
    assert refusal(emr.add_job_flow_steps, JobFlowId=cluster_id, Steps=[step()]) == validation(TOO_MANY)
    assert emr.list_steps(ClusterId=cluster_id)["Steps"][0]["Id"] == new
    assert len({each.id for each in endpoint.load(cluster_id).steps}) == 257


@pytest.mark.parametrize(("release", "most"), [("emr-7.14.0", 100), ("emr-7.13.0", 256)])
def test_steps_of_one_call(emr: Any, release: str, most: int) -> None:
    cluster_id = run(emr, Steps=[step()] * 101, ReleaseLabel=release, Applications=[{"Name": "Hadoop"}])
    ids = [f"s-{number}" for number in range(most)]
    assert len(emr.cancel_steps(ClusterId=cluster_id, StepIds=ids)["CancelStepsInfoList"]) == most
    too_many = f"A maximum of {most} steps are allowed in each CancelSteps request."
    assert refusal(emr.cancel_steps, ClusterId=cluster_id, StepIds=[*ids, "s-ONE"]) == invalid(too_many)
    if most == 100:
        too_many = f"A maximum of {most} steps are allowed in each AddJobFlowSteps request."
        assert refusal(emr.add_job_flow_steps, JobFlowId=cluster_id, Steps=[step()] * 101) == validation(too_many)
    assert len(add(emr, cluster_id, *[step()] * 100)) == 100


def test_pages_of_steps_while_steps_are_added(emr: Any) -> None:
    cluster_id = run(emr, Steps=[step(f"s{number}") for number in range(120)])
    names = [f"s{number}" for number in range(119, -1, -1)]
    first = emr.list_steps(ClusterId=cluster_id)
    add(emr, cluster_id, *[step("late")] * 60)
    second = emr.list_steps(ClusterId=cluster_id, Marker=first["Marker"])
    third = emr.list_steps(ClusterId=cluster_id, Marker=second["Marker"])
    assert [[each["Name"] for each in page["Steps"]] for page in (first, second, third)] == [
        names[:50],
        names[50:100],
        names[100:],
    ]
    assert "Marker" not in third
    everything = emr.get_paginator("list_steps").paginate(ClusterId=cluster_id).search("Steps[].Name")
    assert list(everything) == ["late"] * 60 + names


@pytest.mark.shows("emr", "ListSteps")
def test_list_steps_by_state_and_id(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    ids = add(emr, cluster_id, *[step(f"s{number}") for number in range(60)])
    for step_id in ids[:55]:
        endpoint.move_step(cluster_id, step_id, "COMPLETED")

    def listed(**filters: Any) -> list[str]:
        pages = emr.get_paginator("list_steps").paginate(ClusterId=cluster_id, **filters)
        return list(pages.search("Steps[].Id"))

    assert listed(StepStates=["PENDING"]) == ids[:54:-1]
    assert listed(StepStates=["COMPLETED"]) == ids[54::-1]
    assert listed(StepStates=["FAILED"]) == []
    assert listed(StepIds=[ids[3], ids[7]]) == [ids[7], ids[3]]
    assert refusal(emr.list_steps, ClusterId=cluster_id, StepIds=ids[:1], StepStates=["PENDING"]) == invalid(
        "Cannot specify both StepIds and StepStates."
    )
    assert refusal(emr.list_steps, ClusterId=cluster_id, StepIds=["s-X"]) == invalid("Step id 's-X' is not valid.")
    assert refusal(emr.list_steps, ClusterId=cluster_id, StepIds=ids[:11]) == invalid(
        "At most 10 step IDs can be specified."
    )
    marker = emr.list_clusters().get("Marker", "x")
    assert refusal(emr.list_steps, ClusterId=cluster_id, Marker=marker) == invalid("Marker 'x' is not valid.")


def test_a_step_of_another_cluster_is_unknown(emr: Any) -> None:
    mine, other = run(emr), run(emr)
    (step_id,) = add(emr, other, step())
    message = f"Step id '{step_id}' is not valid."
    assert refusal(emr.describe_step, ClusterId=mine, StepId=step_id) == invalid(message)
    answer = emr.cancel_steps(ClusterId=mine, StepIds=[step_id])["CancelStepsInfoList"]
    assert answer == [{"StepId": step_id, "Status": "FAILED", "Reason": message}]


@pytest.mark.parametrize(
    ("options", "stored"),
    [({}, "SEND_INTERRUPT"), ({"StepCancellationOption": "TERMINATE_PROCESS"}, "TERMINATE_PROCESS")],
)
def test_cancel(endpoint: Endpoint, emr: Any, options: dict[str, str], stored: str) -> None:
    cluster_id = run(emr)
    pending, running, done = add(emr, cluster_id, step(), step(), step())
    endpoint.move_step(cluster_id, running, "RUNNING")
    endpoint.move_step(cluster_id, done, "COMPLETED")
    endpoint.woken.clear()
    wanted = [done, running, pending, "s-X"]
    answer = emr.cancel_steps(ClusterId=cluster_id, StepIds=wanted, **options)["CancelStepsInfoList"]
    assert answer == [
        {"StepId": done, "Status": "FAILED", "Reason": "The step has already ended: it is COMPLETED."},
        {"StepId": running, "Status": "SUBMITTED"},
        {"StepId": pending, "Status": "SUBMITTED"},
        {"StepId": "s-X", "Status": "FAILED", "Reason": "Step id 's-X' is not valid."},
    ]
    steps = {each.id: each for each in endpoint.load(cluster_id).steps}
    assert [steps[each].spec.cancel for each in (pending, running, done)] == [stored, stored, None]
    assert [steps[each].status.state for each in (pending, running)] == ["PENDING", "RUNNING"]
    assert endpoint.woken == [cluster_id]


def test_cancel_of_nothing_wakes_nobody(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    endpoint.woken.clear()
    assert emr.cancel_steps(ClusterId=cluster_id, StepIds=["s-X"])["CancelStepsInfoList"][0]["Status"] == "FAILED"
    assert endpoint.woken == []


def test_a_steps_own_log_uri_is_shown(emr: Any) -> None:
    place = {"LogUri": "s3n://mine/of/step", "EncryptionKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k"}
    cluster_id = run(emr, Steps=[step(StepMonitoringConfiguration={"S3MonitoringConfiguration": place})])
    shown = emr.list_steps(ClusterId=cluster_id)["Steps"][0]
    assert (shown["LogUri"], shown["EncryptionKeyArn"]) == ("s3://mine/of/step/", place["EncryptionKeyArn"])
    wrong = step(StepMonitoringConfiguration={"S3MonitoringConfiguration": {"LogUri": "file:///tmp"}})
    message = "The supplied LogUri is invalid: file:///tmp. It must have the form s3://bucket/prefix/."
    assert refusal(emr.add_job_flow_steps, JobFlowId=cluster_id, Steps=[wrong]) == validation(message)
