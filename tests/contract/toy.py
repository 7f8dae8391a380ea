"""A service of a few operations, in the place of CloudWatch: this is all that it takes to add one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localemr.aws.errors import AwsError
from localemr.aws.lookup import known
from localemr.aws.paging import cut, read_token
from localemr.aws.registry import Operations, Request, Response
from localemr.aws.service import Caller, Service

PAGE = 2


class ResourceNotFound(AwsError):
    """There is no such alarm."""

    status = 404


class Trouble(Exception):
    """An exception of the service's own."""


@dataclass(frozen=True)
class Context:
    data: list[Request]
    caller: Caller


OPERATIONS = Operations[Context]()


@OPERATIONS.operation("PutMetricData")
def put_metric_data(context: Context, request: Request) -> Response:
    """Keep the data."""
    context.data.extend({"Namespace": request["Namespace"], **each} for each in request["MetricData"])
    return None


@OPERATIONS.operation("ListMetrics")
def list_metrics(context: Context, request: Request) -> Response:
    """The metrics that were put, page by page."""
    after = read_token(request["NextToken"])[0] if "NextToken" in request else -1
    rows: list[tuple[int, dict[str, Any]]] = []
    for number, each in enumerate(context.data):
        if number > after:
            rows.append((number, {name: each.get(name) for name in ("Namespace", "MetricName", "Dimensions")}))
    shown, token = cut(rows, lambda row: [row[0]], PAGE)
    return {"Metrics": [metric for _, metric in shown], "NextToken": token, "OwningAccounts": [context.caller.user]}


@OPERATIONS.operation("GetMetricStatistics")
def get_metric_statistics(context: Context, request: Request) -> Response:
    """The data of a metric between two times."""
    points = [each for each in context.data if request["StartTime"] <= each["Timestamp"] < request["EndTime"]]
    shown = [{"Timestamp": each["Timestamp"], "Sum": each["Value"], "Unit": each.get("Unit")} for each in points]
    return {"Label": request["MetricName"], "Datapoints": shown}


@OPERATIONS.operation("GetDashboard")
def get_dashboard(context: Context, request: Request) -> Response:
    """There is none."""
    return known(None, ResourceNotFound(f"Dashboard {request['DashboardName']} does not exist"))


@OPERATIONS.operation("DeleteDashboards")
def delete_dashboards(context: Context, request: Request) -> Response:
    """Fail."""
    raise Trouble(request["DashboardNames"][0])


class InternalServiceFault(AwsError):
    """What the service explains."""

    status = 500


def service(threads: int = 0, close: Callable[[], None] = lambda: None) -> Service:
    """The record, over data of its own."""
    data: list[Request] = []
    return Service(
        "cloudwatch",
        {
            "json": "GraniteServiceVersion20100801",
            "query": "2010-08-01",
            "smithy-rpc-v2-cbor": "GraniteServiceVersion20100801",
        },
        OPERATIONS,
        lambda caller: Context(data, caller),
        threads,
        explain=lambda error: InternalServiceFault(f"explained: {error}") if isinstance(error, Trouble) else None,
        close=close,
    )
