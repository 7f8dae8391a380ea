"""EventBridge: rules see what happens to clusters, and HTTP endpoints receive it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from localemr.testing.memory import MemoryEmr
from tests.contract.requests import GROUPS, refusal, step
from tests.contract.test_testing import ready, run, state
from tests.receiver import Receiver, receiving
from tests.waiting import wait_for

EMR = json.dumps({"source": ["aws.emr"]})
EVENT = {
    "id": "1", "account": "0", "source": "aws.emr", "time": "t", "region": "r", "resources": [], "detail-type": "d",
    "detail": {"state": "FAILED"},
}  # fmt: skip
T = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def events(emr_memory: MemoryEmr) -> Any:
    return emr_memory.client("events")


def follow(events: Any, receiver: Receiver, pattern: str = EMR, name: str = "follow") -> None:
    events.put_rule(Name=name, EventPattern=pattern)
    put = events.put_targets(Rule=name, Targets=[{"Id": "hook", "Arn": receiver.url}])
    assert (put["FailedEntryCount"], put["FailedEntries"]) == (0, [])


def seen(receiver: Receiver, detail_type: str) -> list[dict[str, Any]]:
    return [each["detail"] for each in receiver.events if each["detail-type"] == detail_type]


def states(receiver: Receiver, detail_type: str) -> list[str]:
    return [each["state"] for each in seen(receiver, detail_type)]


@pytest.mark.shows("events", "PutRule", "PutTargets")
def test_the_events_of_a_cluster_and_its_steps(emr_memory: MemoryEmr, events: Any, receiver: Receiver) -> None:
    emr = emr_memory.client()
    follow(events, receiver)
    emr_memory.control.fail_step("bad")
    steps = [step("good"), step("bad", ActionOnFailure="CONTINUE")]
    cluster_id = run(emr, Name="nightly", Steps=steps)
    state(emr, cluster_id, "WAITING")
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    state(emr, cluster_id, "TERMINATED")
    wait_for("the end", lambda: "TERMINATED" in states(receiver, "EMR Cluster State Change"), 5)
    assert states(receiver, "EMR Cluster State Change") == ["STARTING", "RUNNING", "WAITING", "TERMINATED"]
    first, *_, last = seen(receiver, "EMR Cluster State Change")
    message = first.pop("message")
    assert first == {
        "severity": "INFO", "stateChangeReason": '{"code":""}', "name": "nightly", "clusterId": cluster_id,
        "state": "STARTING",
    }  # fmt: skip
    assert re.fullmatch(
        rf"Amazon EMR cluster {cluster_id} \(nightly\) was requested at {T} and is being created\.", message
    )
    assert json.loads(last["stateChangeReason"])["code"] == "USER_REQUEST"
    assert re.fullmatch(
        rf"Amazon EMR Cluster {cluster_id} \(nightly\) has terminated at {T} with a reason of USER_REQUEST\.",
        last["message"],
    )
    found = seen(receiver, "EMR Step Status Change")
    assert [(each["name"], each["state"], each["severity"]) for each in found] == [
        ("good", "PENDING", "INFO"), ("bad", "PENDING", "INFO"), ("good", "RUNNING", "INFO"),
        ("good", "COMPLETED", "INFO"), ("bad", "RUNNING", "INFO"), ("bad", "FAILED", "ERROR"),
    ]  # fmt: skip
    whole = receiver.events[0]
    assert sorted(whole) == sorted((*EVENT, "version"))
    assert (whole["version"], whole["source"], whole["region"], whole["resources"]) == ("0", "aws.emr", "us-east-1", [])
    assert datetime.strptime(whole["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert len({each["id"] for each in receiver.events}) == len(receiver.events)


def test_a_resize_and_a_policy(emr_memory: MemoryEmr, events: Any, receiver: Receiver) -> None:
    emr = emr_memory.client()
    cluster_id = ready(emr)
    pattern = {
        "detail-type": [{"prefix": "EMR Instance Group"}, {"prefix": "EMR Auto"}],
        "detail": {"clusterId": [cluster_id]},
    }
    follow(events, receiver, json.dumps(pattern))
    groups = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    core = next(each for each in groups if each["InstanceGroupType"] == "CORE")
    count = core["RequestedInstanceCount"]
    emr.modify_instance_groups(InstanceGroups=[{"InstanceGroupId": core["Id"], "InstanceCount": count + 1}])
    group = "EMR Instance Group State Change"
    wait_for("the resize", lambda: states(receiver, group)[-1:] == ["RUNNING"], 10)
    began, ended = seen(receiver, group)
    assert began["message"].endswith(f"It is resizing from an instance count of {count} to {count + 1}.")
    assert f"It now has an instance count of {count + 1}." in ended["message"]
    assert {name: ended[name] for name in ("instanceGroupId", "instanceGroupType", "market", "runningInstanceCount",
                                           "requestedInstanceCount", "severity")} == {
        "instanceGroupId": core["Id"], "instanceGroupType": "CORE", "market": "ON_DEMAND", "severity": "INFO",
        "runningInstanceCount": count + 1, "requestedInstanceCount": count + 1,
    }  # fmt: skip
    alarm = {"ComparisonOperator": "LESS_THAN", "MetricName": "AppsRunning", "Period": 300, "Threshold": 0.0}
    rule = {"Name": "r", "Action": {"SimpleScalingPolicyConfiguration": {"ScalingAdjustment": 1}},
            "Trigger": {"CloudWatchAlarmDefinition": alarm}}  # fmt: skip
    policy = {"Constraints": {"MinCapacity": 1, "MaxCapacity": 9}, "Rules": [rule]}
    emr.put_auto_scaling_policy(ClusterId=cluster_id, InstanceGroupId=core["Id"], AutoScalingPolicy=policy)
    emr.remove_auto_scaling_policy(ClusterId=cluster_id, InstanceGroupId=core["Id"])
    scaling = "EMR Auto Scaling Policy State Change"
    wait_for("the policy", lambda: len(seen(receiver, scaling)) == 3, 5)
    assert states(receiver, scaling) == ["PENDING", "ATTACHED", "DETACHED"]
    assert seen(receiver, scaling)[0]["resourceId"] == core["Id"]


def test_a_spot_interruption_is_warned_of_once(emr_memory: MemoryEmr, events: Any, receiver: Receiver) -> None:
    emr = emr_memory.client()
    spot = {"InstanceRole": "TASK", "InstanceType": "m5.xlarge", "InstanceCount": 1, "Market": "SPOT"}
    cluster_id = ready(emr, Instances={"InstanceGroups": [*GROUPS, spot], "KeepJobFlowAliveWhenNoSteps": True})
    follow(events, receiver, json.dumps({"source": ["aws.ec2"]}))
    wait_for("the spot instance", lambda: bool(task(emr, cluster_id)), 10)
    (instance,) = task(emr, cluster_id)
    emr_memory.control.interrupt(cluster_id)
    emr_memory.control.advance(300)
    wait_for("another one", lambda: [each["Id"] for each in task(emr, cluster_id)] not in ([], [instance["Id"]]), 10)
    wait_for("the warning", lambda: bool(receiver.events), 5)
    (warned,) = receiver.events
    assert warned["detail-type"] == "EC2 Spot Instance Interruption Warning"
    assert warned["detail"] == {"instance-id": instance["Ec2InstanceId"], "instance-action": "terminate"}
    assert warned["resources"] == [f"arn:aws:ec2:us-east-1a:instance/{instance['Ec2InstanceId']}"]


def task(emr: Any, cluster_id: str) -> list[dict[str, Any]]:
    """The running task instances."""
    found = emr.list_instances(ClusterId=cluster_id, InstanceGroupTypes=["TASK"], InstanceStates=["RUNNING"])
    return list(found["Instances"])


@pytest.mark.shows("events", "PutEvents")
def test_events_of_programs(events: Any, receiver: Receiver) -> None:
    follow(events, receiver, json.dumps({"detail": {"n": [{"numeric": [">", 1]}]}}))
    entries = [{"Source": "my.app", "DetailType": "Count", "Detail": json.dumps({"n": n})} for n in (1, 2, 3)]
    bad = [{"Source": "aws.emr", "DetailType": "x", "Detail": "{}"}, {"Source": "a", "DetailType": "x", "Detail": "["}]
    put = events.put_events(Entries=[*entries, *bad])
    assert put["FailedEntryCount"] == 2
    assert [each.get("ErrorCode") for each in put["Entries"]] == [
        None, None, None, "NotAuthorizedForSourceException", "MalformedDetail",
    ]  # fmt: skip
    wait_for("both events", lambda: len(receiver.events) == 2, 5)
    assert [(each["id"], each["detail"]["n"]) for each in receiver.events] == [
        (put["Entries"][1]["EventId"], 2), (put["Entries"][2]["EventId"], 3),
    ]  # fmt: skip


@pytest.mark.shows("events", "DescribeRule", "ListRules", "EnableRule", "DisableRule", "DeleteRule")
@pytest.mark.shows("events", "ListTargetsByRule", "RemoveTargets")
def test_rules_and_targets_are_listed_changed_and_removed(events: Any, receiver: Receiver) -> None:
    for name in ("a-1", "a-2", "b"):
        arn = events.put_rule(Name=name, EventPattern=EMR, Description="d", State="DISABLED")["RuleArn"]
        assert arn == f"arn:aws:events:us-east-1:000000000000:rule/{name}"
    first = events.list_rules(NamePrefix="a", Limit=1)
    second = events.list_rules(NamePrefix="a", Limit=1, NextToken=first["NextToken"])
    assert [each["Name"] for page in (first, second) for each in page["Rules"]] == ["a-1", "a-2"]
    assert "NextToken" not in second
    shown = events.describe_rule(Name="b", EventBusName="default")
    assert (shown["EventPattern"], shown["State"], shown["Description"]) == (EMR, "DISABLED", "d")
    events.enable_rule(Name="b")
    assert events.describe_rule(Name="b")["State"] == "ENABLED"
    events.disable_rule(Name="b")
    assert events.describe_rule(Name="b")["State"] == "DISABLED"
    group = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/b"
    targets = [{"Id": "q", "Arn": group, "InputPath": "$.detail"}, {"Id": "h", "Arn": receiver.url}]
    events.put_targets(Rule="b", Targets=targets)
    assert events.list_targets_by_rule(Rule="b")["Targets"] == sorted(targets, key=lambda each: str(each["Id"]))
    refused = refusal(events.delete_rule, Name="b")
    assert refused == (400, "ValidationException", "Rule can't be deleted since it has targets.")
    removed = events.remove_targets(Rule="b", Ids=["q", "h", "x"])
    assert [each["TargetId"] for each in removed["FailedEntries"]] == ["x"]
    events.delete_rule(Name="b")
    events.delete_rule(Name="b")
    missing = (400, "ResourceNotFoundException", "Rule b does not exist on EventBus default.")
    for operation, request in (
        (events.describe_rule, {"Name": "b"}), (events.enable_rule, {"Name": "b"}),
        (events.list_targets_by_rule, {"Rule": "b"}), (events.remove_targets, {"Rule": "b", "Ids": ["x"]}),
        (events.put_targets, {"Rule": "b", "Targets": targets}),
    ):  # fmt: skip
        assert refusal(operation, **request) == missing


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"EventPattern": '{"source": "aws.emr"}'}, "InvalidEventPatternException"),
        ({"ScheduleExpression": "rate(5 minutes)"}, "ValidationException"),
        ({}, "ValidationException"),
        ({"EventPattern": EMR, "EventBusName": "other"}, "ResourceNotFoundException"),
    ],
)
def test_rules_that_are_refused(events: Any, request_: dict[str, str], code: str) -> None:
    assert refusal(events.put_rule, Name="r", **request_)[1] == code
    assert events.list_rules()["Rules"] == []


@pytest.mark.parametrize(
    "target",
    [
        {"Arn": "http://example.com/"},
        {"Arn": "queue"},
        {"Arn": "http://localhost/", "Input": "1", "InputPath": "$.a"},
        {"Arn": "arn:aws:sqs:us-east-1:000000000000:without-an-endpoint"},
        {"Arn": "arn:aws:states:us-east-1:000000000000:stateMachine:m"},
        {"Arn": "http://localhost/", "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:q"}},
    ],
)
def test_targets_that_are_refused(events: Any, target: dict[str, str]) -> None:
    events.put_rule(Name="r", EventPattern=EMR)
    assert refusal(events.put_targets, Rule="r", Targets=[{"Id": "t", **target}])[1] == "ValidationException"
    assert events.list_targets_by_rule(Rule="r")["Targets"] == []


@pytest.mark.shows("events", "TestEventPattern")
def test_patterns_are_tried(events: Any) -> None:
    for wanted, expected in (("FAILED", True), ("COMPLETED", False)):
        pattern = json.dumps({"detail": {"state": [wanted]}})
        assert events.test_event_pattern(EventPattern=pattern, Event=json.dumps(EVENT))["Result"] is expected
    refused = refusal(events.test_event_pattern, EventPattern=EMR, Event='{"id": "1"}')
    assert refused[1] == "ValidationException"
    assert (
        refusal(events.test_event_pattern, EventPattern="{}", Event=json.dumps(EVENT))[1]
        == "InvalidEventPatternException"
    )


@pytest.mark.shows("events", "ListEventBuses", "DescribeEventBus")
def test_the_default_bus(events: Any) -> None:
    bus = {"Name": "default", "Arn": "arn:aws:events:us-east-1:000000000000:event-bus/default"}
    assert events.list_event_buses()["EventBuses"] == [bus]
    shown = events.describe_event_bus()
    assert {name: shown[name] for name in bus} == bus
    assert refusal(events.describe_event_bus, Name="other")[1] == "ResourceNotFoundException"


@pytest.mark.shows("events", "TagResource", "UntagResource", "ListTagsForResource")
def test_tags_of_a_rule(events: Any) -> None:
    arn = events.put_rule(Name="r", EventPattern=EMR, Tags=[{"Key": "a", "Value": "1"}])["RuleArn"]
    events.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    events.put_rule(Name="r", EventPattern=EMR)
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [
        {"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"},
    ]  # fmt: skip
    assert "Tags" not in events.describe_rule(Name="r")
    events.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert refusal(events.list_tags_for_resource, ResourceARN=f"{arn}x")[1] == "ResourceNotFoundException"
