"""Where AWS's other services are, by the settings; and the messages that are sent to them."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from localemr.cloudwatch.messages import messages, subject
from localemr.delivery.aws import region_name
from localemr.delivery.calls import read_arn, to_function, to_queue
from localemr.domain.node.aws_tools import BESIDE
from localemr.events.targets import arn_fault, is_delivered, queue_fault
from localemr.images.plan import ON_USE
from localemr.installation.aws import SERVERS, AwsContainer, AwsEndpoints
from localemr.settings import Settings

LIMIT = 30
"""Seconds; a start that is stuck fails then."""
QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"


class Slow(AwsContainer):
    """A container whose start needs a thread of the event loop, as a look at the images does."""

    loop: asyncio.AbstractEventLoop
    starts = 0

    def _run(self) -> tuple[str, int]:
        self.starts += 1
        name = asyncio.run_coroutine_threadsafe(asyncio.to_thread(lambda: "there"), self.loop).result(LIMIT)
        return name, self.port


class Moving(AwsContainer):
    """A container that responds at `port` alone, where it is found when it is looked up."""

    looks = 0

    def _run(self) -> tuple[str, int]:
        self.looks += 1
        return "127.0.0.1", self.port

    def _answers(self, address: tuple[str, int]) -> bool:
        return address == ("127.0.0.1", self.port)


class Container(AwsContainer):
    """A container that runs at once."""

    def _run(self) -> tuple[str, int]:
        return "127.0.0.1", self.port


def endpoints(text: str, containers: bool = True) -> AwsEndpoints:
    settings = Settings(aws_endpoints=text)
    return AwsEndpoints(settings, [Container(settings, each, str) for each in SERVERS] if containers else ())


def test_every_service_that_is_passed_on_has_one_server_with_an_image() -> None:
    assert sorted(service for each in SERVERS for service in each.services) == sorted(BESIDE.values())
    assert {each.image for each in SERVERS} <= set(ON_USE)


def test_a_container_is_made_from_its_row() -> None:
    settings = Settings(installation="mine", region="eu-west-1", account="123456789012")
    (container,) = (AwsContainer(settings, each, lambda: "i:1") for each in SERVERS if each.image == "dynalite")
    assert container.container == "localemr-mine-dynamodb"
    assert container._config() == {
        "image": "i:1",
        "environment": {"AWS_REGION": "eu-west-1", "AWS_ACCOUNT_ID": "123456789012"},
        "ports": {"8000/tcp": ("127.0.0.1", None)},
        "volumes": {"localemr-mine-dynamodb": {"bind": "/data", "mode": "rw"}},
    }


def test_more_callers_than_threads_get_the_address_of_one_start() -> None:
    async def called() -> tuple[list[str], int]:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(2))
        container = Slow(Settings(), SERVERS[0], str)
        container.loop = loop
        found = await asyncio.gather(*(container.url() for _ in range(8)))
        await container.close()
        return found, container.starts

    assert asyncio.run(called()) == (["http://there:5000"] * 8, 1)


def test_a_container_that_responds_is_not_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localemr.installation.aws.FRESH", -1.0)

    async def called() -> list[tuple[str, int]]:
        container = Moving(Settings(), SERVERS[0], str)
        seen = []
        for port in (1, 1, 2, 2):  # it is recreated once
            container.port = port
            seen.append((await container.url(), container.looks))
        container.port = 3
        container.start()  # as the watch does
        seen.append((await container.url(), container.looks))
        await container.close()
        return seen

    one, two, three = (f"http://127.0.0.1:{port}" for port in (1, 2, 3))
    assert asyncio.run(called()) == [(one, 1), (one, 1), (two, 2), (two, 2), (three, 3)]


@pytest.mark.parametrize(
    ("text", "service", "url"),
    [
        ("", "sqs", "http://127.0.0.1:5000"),
        ("http://stand-in:4566/", "sqs", "http://stand-in:4566"),
        ("http://stand-in:4566", "lambda", "http://stand-in:4566"),
        ("sqs=http://127.0.0.1:9324", "sqs", "http://127.0.0.1:9324"),
        ("sqs=http://127.0.0.1:9324, https://other", "sns", "https://other"),
        ("sqs=http://127.0.0.1:9324", "sns", "http://127.0.0.1:5000"),
        ("", "dynamodb", "http://127.0.0.1:8000"),
        ("http://stand-in:4566", "dynamodb", "http://stand-in:4566"),
        ("dynamodb=http://127.0.0.1:8001", "dynamodb", "http://127.0.0.1:8001"),
        ("dynamodb=http://127.0.0.1:8001", "sqs", "http://127.0.0.1:5000"),
    ],
)
def test_where_a_service_is(text: str, service: str, url: str) -> None:
    found = endpoints(text)
    assert found.offers(service)
    assert asyncio.run(found.url(service)) == url


@pytest.mark.parametrize(
    ("text", "service"), [("", "lambda"), ("", "states"), ("off", "sqs"), ("off", "dynamodb"), ("sqs=http://a", "sns")]
)
def test_what_is_not_there(text: str, service: str) -> None:
    assert not endpoints(text, containers=service in ("lambda", "states") or text == "off").offers(service)


@pytest.mark.parametrize("text", ["sqs", "sqs=", "sqs=127.0.0.1:1", "ftp://a", "http://"])
def test_settings_that_are_no_urls(text: str) -> None:
    with pytest.raises(ValueError, match="LOCALEMR_AWS_ENDPOINTS"):
        endpoints(text)


def test_targets_by_their_arns() -> None:
    everything, nothing = lambda service: True, lambda service: False
    assert arn_fault(QUEUE, everything) is None
    assert "no endpoint for sqs" in str(arn_fault(QUEUE, nothing))
    assert "not to states" in str(arn_fault("arn:aws:states:us-east-1:0:stateMachine:m", everything))
    group = "arn:aws:logs:us-east-1:0:log-group:"
    assert is_delivered(f"{group}/aws/events/a", nothing)
    assert not is_delivered(f"{group}/other", nothing)
    fifo: dict[str, Any] = {"Id": "t", "Arn": f"{QUEUE}.fifo"}
    assert "SqsParameters must be specified for target: t" in str(queue_fault(fifo, everything))
    assert queue_fault(fifo | {"SqsParameters": {"MessageGroupId": "g"}}, everything) is None
    assert "standard queue" in str(
        queue_fault({"Arn": QUEUE, "DeadLetterConfig": {"Arn": f"{QUEUE}.fifo"}}, everything)
    )


def test_calls_of_queues_and_functions() -> None:
    arn = read_arn(QUEUE)
    assert arn is not None
    assert to_queue(arn, "http://a/", "body").parameters == {
        "QueueUrl": "http://a/000000000000/q", "MessageBody": "body"
    }  # fmt: skip
    function = read_arn("arn:aws:lambda:eu-west-1:0:function:f")
    assert function is not None
    call = to_function(function, "{}")
    assert (call.region, call.parameters["FunctionName"], "Qualifier" in call.parameters) == ("eu-west-1", "f", False)


def alarm(value: str, at: float, **more: Any) -> dict[str, Any]:
    return {
        "AlarmName": "idle", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:1:alarm:idle", "ActionsEnabled": True,
        "AlarmConfigurationUpdatedTimestamp": 0.0, "OKActions": [], "InsufficientDataActions": [],
        "AlarmActions": ["arn:aws:sns:eu-west-1:1:t", "arn:aws:lambda:eu-west-1:1:function:f"],
        "StateValue": value, "StateReason": "why", "StateUpdatedTimestamp": at, "MetricName": "IsIdle",
        "Namespace": "AWS/ElasticMapReduce", "Statistic": "SampleCount", "Period": 300, "EvaluationPeriods": 1,
        "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": [{"Name": "JobFlowId", "Value": "j-1"}], **more,
    }  # fmt: skip


def sent(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {to: json.loads(body) for to, body in messages(before, after, region_name)}


def test_what_a_change_of_an_alarm_sends() -> None:
    found = sent(alarm("OK", 0), alarm("ALARM", 60.5, StateReasonData='{"a": 1}'))
    topic, function = found["arn:aws:sns:eu-west-1:1:t"], found["arn:aws:lambda:eu-west-1:1:function:f"]
    assert (topic["StateChangeTime"], topic["OldStateValue"]) == ("1970-01-01T00:01:00.500+0000", "OK")
    assert topic["Trigger"]["Dimensions"] == [{"value": "j-1", "name": "JobFlowId"}]
    assert topic["Trigger"]["Statistic"] == "SAMPLE_COUNT"
    assert function["alarmData"]["state"]["reasonData"] == '{"a": 1}'
    assert function["alarmData"]["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"] == {
        "JobFlowId": "j-1"
    }
    event = found["events"]
    assert event["resources"] == ["arn:aws:cloudwatch:eu-west-1:1:alarm:idle"]
    assert event["detail"]["previousState"]["value"] == "OK"
    assert set(sent(alarm("ALARM", 0), alarm("OK", 1))) == {"events"}
    assert set(sent(alarm("OK", 0), alarm("ALARM", 1, ActionsEnabled=False))) == {"events"}


def test_the_subject_of_a_topics_message() -> None:
    text = {"NewStateValue": "ALARM", "AlarmName": "ä" * 200, "Region": region_name("nowhere-1")}
    assert subject(json.dumps(text)) == ('ALARM: "' + "?" * 200)[:100]
    assert region_name("us-east-1") == "US East (N. Virginia)"
