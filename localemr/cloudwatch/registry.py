"""The table of CloudWatch's operations, and what they work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from localemr.aws.registry import Operations, Request
from localemr.cloudwatch.alarms import Alarms
from localemr.cloudwatch.data import Dimensions
from localemr.cloudwatch.metrics import Metrics


@dataclass(frozen=True)
class Context:
    """Metrics and alarms, the controller's clock, and the region and account of ARNs."""

    metrics: Metrics
    alarms: Alarms
    now: Callable[[], float]
    region: str
    account: str

    def arn(self, alarm: str) -> str:
        """The ARN of an alarm."""
        return f"arn:aws:cloudwatch:{self.region}:{self.account}:alarm:{alarm}"


OPERATIONS = Operations[Context]()
operation = OPERATIONS.operation


def dimensions_of(request: Request) -> Dimensions:
    """The Dimensions of a request."""
    return tuple(sorted((each["Name"], each["Value"]) for each in request.get("Dimensions", ())))


def shown(dimensions: Dimensions) -> list[dict[str, str]]:
    """Dimensions as answers have them."""
    return [{"Name": name, "Value": value} for name, value in dimensions]
