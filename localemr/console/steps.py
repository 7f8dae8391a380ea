"""A step: its state, its failure, its applications on YARN, and its logs."""

from __future__ import annotations

from starlette.responses import Response

from localemr.console import applications, logs, step_logs, stream
from localemr.console.step_logs import Step
from localemr.console.visits import Visit

LIVE = ("PENDING", "CANCEL_PENDING", "RUNNING")
CANCELLABLE = ("PENDING", "RUNNING")


async def page(visit: Visit) -> Response:
    """The page of a step, with the end of one of its logs, or what a search finds in it."""
    of = await _step(visit)
    state = of.step["Status"]["State"]
    log, word = _log(visit, of), visit.query.text("find")
    if not word:
        shown = await step_logs.end(visit, of, log)
    elif stream.is_wanted(visit.request):  # what a search has found stays
        shown = step_logs.Log()
    else:
        shown = await step_logs.search(visit, of, log, word)
    return visit.page(
        "step.html",
        cluster=of.cluster,
        step=of.step,
        live=state in LIVE,
        cancellable=state in CANCELLABLE,
        applications=await applications.of_step(visit, of.cluster, of.step),
        names=logs.NAMES,
        log=log,
        word=word,
        place=of.place,
        shown=shown,
    )


async def download(visit: Visit) -> Response:
    """One of the step's logs as a file."""
    of = await _step(visit)
    return await step_logs.download(visit, of, _log(visit, of))


async def _step(visit: Visit) -> Step:
    cluster_id, step_id = visit.path("cluster"), visit.path("step")
    cluster = (await visit.api.emr("DescribeCluster", ClusterId=cluster_id))["Cluster"]
    return Step(cluster, (await visit.api.emr("DescribeStep", ClusterId=cluster_id, StepId=step_id))["Step"])


def _log(visit: Visit, of: Step) -> str:
    """The name of the log that the page shows."""
    wanted = visit.query.text("log")
    return wanted if wanted in logs.NAMES else ("stderr" if of.step["Status"]["State"] == "FAILED" else "stdout")
