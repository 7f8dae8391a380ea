"""AWS's other services beside the clusters: calls are passed on; rules and alarms send to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from localemr.testing.memory import MemoryEmr
from tests.contract.beside import AwsServer
from tests.contract.requests import refusal, step
from tests.contract.test_testing import run, state
from tests.receiver import receiving
from tests.waiting import wait_for

ACCOUNT = "000000000000"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:"
ALARM = {
    "AlarmName": "idle", "Namespace": "N", "MetricName": "m", "Statistic": "Average", "Period": 60, "Threshold": 1,
    "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsServer]:
    made = AwsServer(tmp_path_factory.mktemp("aws"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def emr_aws(server: AwsServer) -> Iterator[MemoryEmr]:
    with MemoryEmr(aws_endpoints=server.url) as found:
        yield found


def bodies(sqs: Any, url: str, count: int, **more: Any) -> list[dict[str, Any]]:
    """The next messages of a queue, which are removed from it."""
    found: list[dict[str, Any]] = []

    def look() -> bool:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, **more)
        for each in answer.get("Messages", ()):
            found.append(each)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return len(found) >= count

    wait_for(f"{count} messages", look)
    return found


def follow(emr: MemoryEmr, pattern: dict[str, Any], **target: Any) -> None:
    """A rule `r` with one target."""
    events = emr.client("events")
    events.put_rule(Name="r", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="r", Targets=[{"Id": "t", **target}])


def test_events_of_a_cluster_reach_a_fifo_queue_in_order(emr_aws: MemoryEmr) -> None:
    sqs, emr = emr_aws.client("sqs"), emr_aws.client()
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="steps.fifo", Attributes=attributes)["QueueUrl"]
    assert url == f"{emr_aws.endpoint}/{ACCOUNT}/steps.fifo"
    arn = f"{QUEUE}steps.fifo"
    missing = refusal(partial(follow, emr_aws, {"source": ["aws.emr"]}, Arn=arn))
    assert missing == (400, "ValidationException", "Parameter(s) SqsParameters must be specified for target: t.")
    pattern = {"detail-type": ["EMR Step Status Change"]}
    follow(emr_aws, pattern, Arn=arn, SqsParameters={"MessageGroupId": "emr"}, InputPath="$.detail.state")
    state(emr, run(emr, Steps=[step("one")]), "WAITING")
    found = bodies(sqs, url, 3, MessageSystemAttributeNames=["MessageGroupId"])
    assert [each["Body"] for each in found] == ['"PENDING"', '"RUNNING"', '"COMPLETED"']
    assert {each["Attributes"]["MessageGroupId"] for each in found} == {"emr"}


def test_topics_and_log_groups_get_events(emr_aws: MemoryEmr) -> None:
    sqs, sns, logs, events = (emr_aws.client(each) for each in ("sqs", "sns", "logs", "events"))
    url = sqs.create_queue(QueueName="topic")["QueueUrl"]
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUE}topic")
    follow(emr_aws, {"source": ["mine"]}, Arn=topic)
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/any/name"
    events.put_targets(Rule="r", Targets=[{"Id": "log", "Arn": group}])
    events.put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": json.dumps({"n": n})} for n in (1, 2)])
    messages = [json.loads(json.loads(each["Body"])["Message"]) for each in bodies(sqs, url, 2)]
    assert [each["detail"]["n"] for each in messages] == [1, 2]

    def lines() -> list[int]:
        try:
            found = logs.get_log_events(logGroupName="/any/name", logStreamName="r/log", startFromHead=True)["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [json.loads(each["message"])["detail"]["n"] for each in found]

    wait_for("both lines", lambda: lines() == [1, 2])


def test_what_is_refused_goes_to_the_dead_letter_queue(emr_aws: MemoryEmr) -> None:
    sqs, events = emr_aws.client("sqs"), emr_aws.client("events")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    follow(emr_aws, {"source": ["mine"]}, Arn=f"{QUEUE}nobodys", DeadLetterConfig={"Arn": f"{QUEUE}dead"})
    events.put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": "{}"}])
    (found,) = bodies(sqs, url, 1, MessageAttributeNames=["All"])
    attributes = {name: each["StringValue"] for name, each in found["MessageAttributes"].items()}
    assert json.loads(found["Body"])["source"] == "mine"
    assert attributes["RULE_ARN"] == f"arn:aws:events:us-east-1:{ACCOUNT}:rule/r"
    assert attributes["TARGET_ARN"] == f"{QUEUE}nobodys"
    assert "NonExistentQueue" in attributes["ERROR_CODE"]


def test_an_alarm_reaches_its_topic_and_eventbridge(emr_aws: MemoryEmr) -> None:
    sqs, sns, cloudwatch = (emr_aws.client(each) for each in ("sqs", "sns", "cloudwatch"))
    url = sqs.create_queue(QueueName="alarms")["QueueUrl"]
    events = sqs.create_queue(QueueName="changes")["QueueUrl"]
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUE}alarms")
    follow(emr_aws, {"source": ["aws.cloudwatch"]}, Arn=f"{QUEUE}changes")
    cloudwatch.put_metric_alarm(**ALARM, AlarmActions=[topic, f"{topic}-missing"])
    for value in ("ALARM", "OK", "OK"):
        cloudwatch.set_alarm_state(AlarmName="idle", StateValue=value, StateReason="why")
    (notice,) = bodies(sqs, url, 1)
    sent = json.loads(notice["Body"])
    assert sent["Subject"] == 'ALARM: "idle" in US East (N. Virginia)'
    message = json.loads(sent["Message"])
    assert (message["NewStateValue"], message["OldStateValue"]) == ("ALARM", "INSUFFICIENT_DATA")
    assert message["Trigger"]["Statistic"] == "AVERAGE"
    changes = [json.loads(each["Body"]) for each in bodies(sqs, events, 2)]
    seen = {each["detail"]["state"]["value"]: each["detail"]["previousState"]["value"] for each in changes}
    assert seen == {"ALARM": "INSUFFICIENT_DATA", "OK": "ALARM"}
    assert {each["detail-type"] for each in changes} == {"CloudWatch Alarm State Change"}

    def outcomes() -> set[str]:
        found = cloudwatch.describe_alarm_history(AlarmName="idle", HistoryItemType="Action")["AlarmHistoryItems"]
        return {each["HistorySummary"] for each in found}

    wanted = {f"Successfully executed action {topic}", f"Failed to execute action {topic}-missing"}
    wait_for("both outcomes", lambda: outcomes() == wanted)
    cloudwatch.put_metric_alarm(**ALARM, ActionsEnabled=False, AlarmActions=[topic])
    cloudwatch.set_alarm_state(AlarmName="idle", StateValue="ALARM", StateReason="why")
    bodies(sqs, events, 1)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


@pytest.mark.parametrize("arn", ["topic", "arn:aws:automate:us-east-1:ec2:stop"])
def test_actions_that_cannot_be_carried_out_are_refused(emr_aws: MemoryEmr, arn: str) -> None:
    cloudwatch = emr_aws.client("cloudwatch")
    assert refusal(cloudwatch.put_metric_alarm, **ALARM, OKActions=[arn])[0] == 400
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_emrs_default_roles_are_there_and_other_roles_can_be_made(emr_aws: MemoryEmr) -> None:
    """`aws emr create-default-roles` looks for these."""
    iam = emr_aws.client("iam")
    for name in ("EMR_EC2_DefaultRole", "EMR_DefaultRole", "EMR_AutoScaling_DefaultRole"):
        assert len(iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]) == 1
    profile = iam.get_instance_profile(InstanceProfileName="EMR_EC2_DefaultRole")["InstanceProfile"]
    assert [each["RoleName"] for each in profile["Roles"]] == ["EMR_EC2_DefaultRole"]
    iam.create_role(RoleName="mine", AssumeRolePolicyDocument="{}")
    assert iam.get_role(RoleName="mine")["Role"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/mine"
    iam.delete_role(RoleName="mine")


def test_a_function_is_invoked_at_the_endpoint_for_it() -> None:
    with receiving() as receiver, MemoryEmr(aws_endpoints=f"lambda={receiver.url.removesuffix('/events')}") as emr:
        follow(emr, {"source": ["mine"]}, Arn=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f:live")
        emr.client("events").put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": "{}"}])
        wait_for("the invocation", lambda: bool(receiver.events))
        assert receiver.paths == ["/2015-03-31/functions/f/invocations?Qualifier=live"]
        assert receiver.headers[0]["X-Amz-Invocation-Type"] == "Event"
        assert receiver.events[0]["source"] == "mine"
        queue = {"Id": "q", "Arn": f"{QUEUE}q"}
        assert "no endpoint for sqs" in refusal(emr.client("events").put_targets, Rule="r", Targets=[queue])[2]


def test_what_happens_while_the_services_are_away_arrives_later_and_their_state_is_kept(
    server: AwsServer, emr_aws: MemoryEmr, caplog: pytest.LogCaptureFixture
) -> None:
    sqs, secrets, events = (emr_aws.client(each) for each in ("sqs", "secretsmanager", "events"))
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    secrets.create_secret(Name="kept", SecretString="value")
    follow(emr_aws, {"source": ["mine"]}, Arn=f"{QUEUE}kept")
    server.stop()
    try:
        events.put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": "{}"}])
        wait_for("a report", lambda: "target t of rule r does not answer" in caplog.text)
    finally:
        server.start()
    (found,) = bodies(sqs, url, 1)
    assert json.loads(found["Body"])["source"] == "mine"
    assert secrets.get_secret_value(SecretId="kept")["SecretString"] == "value"
