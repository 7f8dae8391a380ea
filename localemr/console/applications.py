"""The applications of a step on YARN, with their pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from localemr.console import yarn
from localemr.console.calls import Refused, View
from localemr.console.visits import Visit

MOST = 10
READY = ("RUNNING", "WAITING")
RUNNING = ("NEW", "NEW_SAVING", "SUBMITTED", "ACCEPTED", "RUNNING")
HISTORY = {"SPARK": ("SparkHistoryServer", "Spark history"), "MAPREDUCE": ("JobHistoryServer", "Job history")}
"""Types of applications → EMR's type of the page with their history, and its name."""


@dataclass(frozen=True)
class Application:
    """An application: its id, its state (empty: YARN does not answer), and names and addresses of its pages."""

    id: str
    state: str
    pages: Sequence[tuple[str, str]]


async def of_step(visit: Visit, cluster: View, step: View) -> list[Application]:
    """The step's applications, as YARN knows them, else as the step has them; their pages as long as the cluster serves
    them."""
    ready = cluster["Status"]["State"] in READY and step["Status"]["State"] != "PENDING"
    found = await yarn.applications(visit, cluster["Id"], step["Id"]) if ready else []
    known = {each.id for each in found}
    named = (step.get("AdditionalInfo") or {}).get("ResourceManagerApplicationIds", [])
    found += [yarn.Application(each, "", "") for each in named if each not in known]
    return [Application(each.id, each.state, await _pages(visit, cluster, each)) for each in found[:MOST]]


async def _pages(visit: Visit, cluster: View, of: yarn.Application) -> list[tuple[str, str]]:
    kinds = [("ResourceManager", "YARN")]
    if of.state in RUNNING:
        kinds.append(("ApplicationMaster", "its own page"))
    elif of.kind in HISTORY:
        kinds.append(HISTORY[of.kind])
    pages = [(name, await _address(visit, cluster["Id"], kind, of.id)) for kind, name in kinds]
    return [(name, address) for name, address in pages if address]


async def _address(visit: Visit, cluster_id: str, kind: str, application: str) -> str:
    """The path of a page; empty: it is not served."""
    try:
        answer = await visit.api.emr(
            "GetOnClusterAppUIPresignedURL", ClusterId=cluster_id, OnClusterAppUIType=kind, ApplicationId=application
        )
    except Refused:
        return ""
    url = urlsplit(answer.get("PresignedURL") or "")
    return url._replace(scheme="", netloc="").geturl()
