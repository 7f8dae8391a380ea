"""A step: its state, its failure, and its logs."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from localemr.console import logs
from localemr.console.calls import View
from localemr.console.visits import Visit

LIVE = ("PENDING", "CANCEL_PENDING", "RUNNING")
CANCELLABLE = ("PENDING", "RUNNING")


async def page(visit: Visit) -> Response:
    """The page of a step, with one of its logs."""
    cluster_id, step_id = visit.path("cluster"), visit.path("step")
    cluster = (await visit.api.emr("DescribeCluster", ClusterId=cluster_id))["Cluster"]
    step = (await visit.api.emr("DescribeStep", ClusterId=cluster_id, StepId=step_id))["Step"]
    state = step["Status"]["State"]
    wanted = visit.query.text("log")
    log = wanted if wanted in logs.NAMES else ("stderr" if state == "FAILED" else "stdout")
    place = _place(cluster, step)
    text, remark = await _log(visit, place, log)
    return visit.page(
        "step.html",
        cluster=cluster,
        step=step,
        live=state in LIVE,
        cancellable=state in CANCELLABLE,
        names=logs.NAMES,
        log=log,
        place=place,
        text=text,
        remark=remark,
    )


def _place(cluster: View, step: View) -> str:
    """The folder of the step's logs on S3; empty: there is none."""
    uri = step.get("LogUri") or cluster.get("LogUri")
    return f"s3://{uri.split('://', 1)[1].rstrip('/')}/{cluster['Id']}/steps/{step['Id']}/" if uri else ""


async def _log(visit: Visit, place: str, name: str) -> tuple[str, str]:
    """The log's text, and a remark on it."""
    objects = visit.site.objects
    if not place:
        return "", "The cluster has no LogUri: its logs stay on the instances (`localemr logs` shows them)."
    if objects is None:
        return "", "This installation has no S3: in memory nothing is written."
    try:
        return await asyncio.to_thread(logs.tail, objects, f"{place}{name}.gz")
    except FileNotFoundError:
        return "", "There is no such log yet. A step's logs are sent to S3 every minute, and when it has ended."
    except OSError as error:
        return "", str(error)
