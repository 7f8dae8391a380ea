"""A cluster's metrics in CloudWatch, as charts."""

from __future__ import annotations

from starlette.responses import Response

from localemr.console.calls import View
from localemr.console.charts import chart
from localemr.console.visits import Visit

NAMESPACE = "AWS/ElasticMapReduce"
HOURS = {"1": "1 hour", "3": "3 hours", "24": "1 day", "168": "1 week"}
"""Choices of the time that is shown."""
POINTS = 300
"""Values of a line at most."""
CHARTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("Nodes", "", {"CoreNodesRunning": "core", "TaskNodesRunning": "task", "MRUnhealthyNodes": "unhealthy"}),
    ("YARN memory", "MB", {"MemoryAllocatedMB": "allocated", "MemoryTotalMB": "total"}),
    ("YARN containers", "", {"ContainerAllocated": "allocated", "ContainerPending": "pending"}),
    ("YARN applications", "", {"AppsRunning": "running", "AppsPending": "pending"}),
    ("HDFS in use", "%", {"HDFSUtilization": "used"}),
    ("Idle", "", {"IsIdle": "idle (1) or not (0)"}),
)
"""Charts: title, unit, and metrics with their names in the chart."""


async def page(visit: Visit) -> Response:
    """The page of a cluster's metrics."""
    cluster = (await visit.api.emr("DescribeCluster", ClusterId=visit.path("cluster")))["Cluster"]
    hours = visit.query.text("hours")
    hours = hours if hours in HOURS else "3"
    end = cluster["Status"]["Timeline"].get("EndDateTime") or visit.site.now()
    # Periods begin at multiples of their length: the last one is whole.
    span = (end - int(hours) * 3600, end + 60)
    period = max(60, int(hours) * 3600 // POINTS // 60 * 60)
    found = await _read(visit, cluster["Id"], span, period)
    apart = max(period, visit.site.settings.metrics_period)
    charts = [
        chart(title, unit, {label: found.get(name, []) for name, label in lines.items()}, span, apart)
        for title, unit, lines in CHARTS
    ]
    return visit.page("metrics.html", cluster=cluster, charts=charts, hours=hours, choices=HOURS, span=span)


async def _read(
    visit: Visit, cluster_id: str, span: tuple[float, float], period: int
) -> dict[str, list[tuple[float, float]]]:
    """Averages by metric, by time."""
    names = [name for _, _, lines in CHARTS for name in lines]
    queries = [_query(name, cluster_id, period) for name in names]
    found: dict[str, list[tuple[float, float]]] = {}
    token: str | None = None
    while True:
        answer = await visit.api.cloudwatch(
            "GetMetricData", MetricDataQueries=queries, StartTime=int(span[0]), EndTime=int(span[1]), NextToken=token,
            ScanBy="TimestampAscending",
        )  # fmt: skip
        for each in answer["MetricDataResults"]:
            points = zip(each["Timestamps"], each["Values"], strict=True)
            found.setdefault(_name(each["Id"], names), []).extend(points)
        token = answer.get("NextToken")
        if not token:
            return found


def _query(name: str, cluster_id: str, period: int) -> View:
    metric = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": [{"Name": "JobFlowId", "Value": cluster_id}]}
    # Ids begin with a small letter.
    return {"Id": f"m{name}", "MetricStat": {"Metric": metric, "Period": period, "Stat": "Average"}}


def _name(query_id: str, names: list[str]) -> str:
    return next(name for name in names if query_id == f"m{name}")
