"""The calls of AWS's services that hand a message to what an ARN names. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SQS, SNS, LAMBDA, LOGS = "sqs", "sns", "lambda", "logs"


@dataclass(frozen=True)
class Arn:
    """The parts of an ARN; `resource` is all after the account."""

    service: str
    region: str
    account: str
    resource: str

    @property
    def name(self) -> str:
        """The name of a queue, topic, function (with its version or alias) or log group."""
        if self.service == LOGS:
            return self.resource.removeprefix("log-group:").removesuffix(":*")
        return self.resource.removeprefix("function:")


@dataclass(frozen=True)
class Call:
    """An operation of a service in a region."""

    service: str
    region: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


def read_arn(text: str) -> Arn | None:
    """An ARN by its text. None: it is none."""
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or not parts[2] or not parts[5]:
        return None
    return Arn(parts[2], parts[3], parts[4], parts[5])


def to_queue(arn: Arn, url: str, body: str, group: str = "", attributes: Mapping[str, str] | None = None) -> Call:
    """A message for a queue of the SQS at `url`; `group` is a FIFO queue's MessageGroupId."""
    parameters: dict[str, Any] = {"QueueUrl": f"{url.rstrip('/')}/{arn.account}/{arn.name}", "MessageBody": body}
    if group:
        parameters["MessageGroupId"] = group
    if attributes:
        parameters["MessageAttributes"] = {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        }
    return Call(SQS, arn.region, "SendMessage", parameters)


def to_topic(arn: str, body: str, subject: str = "") -> Call:
    """A message for a topic of SNS."""
    parameters = {"TopicArn": arn, "Message": body} | ({"Subject": subject} if subject else {})
    return Call(SNS, arn.split(":")[3], "Publish", parameters)


def to_function(arn: Arn, body: str) -> Call:
    """An asynchronous invocation of a Lambda function, by its name: a stand-in of Lambda may have another account."""
    name, _, qualifier = arn.name.partition(":")
    parameters = {"FunctionName": name, "InvocationType": "Event", "Payload": body.encode()}
    return Call(LAMBDA, arn.region, "Invoke", parameters | ({"Qualifier": qualifier} if qualifier else {}))


def to_log(arn: Arn, stream: str, body: str, at: float) -> list[Call]:
    """A line for a log group, at an epoch second: the call, and those before it where the group or the stream is
    missing."""
    names = {"logGroupName": arn.name, "logStreamName": stream}
    line = names | {"logEvents": [{"timestamp": int(at * 1000), "message": body}]}
    return [
        Call(LOGS, arn.region, "PutLogEvents", line),
        Call(LOGS, arn.region, "CreateLogGroup", {"logGroupName": arn.name}),
        Call(LOGS, arn.region, "CreateLogStream", names),
    ]
