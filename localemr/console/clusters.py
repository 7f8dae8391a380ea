"""The list of clusters."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from localemr.console.calls import MOST_PAGES, View
from localemr.console.visits import Visit

STATES = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS")
FILTERS = {"active": STATES[:5], "ended": STATES[5:]} | {each: (each,) for each in STATES}
"""Choices of the filter → states."""
SHOWN = 50
"""Clusters of a page; EMR's pages have as many."""


async def page(visit: Visit) -> Response:
    """Clusters, newest first, by state and by a part of the name or id."""
    query = visit.query
    state, text = query.text("state"), query.text("text")
    filters: dict[str, Any] = {"ClusterStates": list(FILTERS[state])} if state in FILTERS else {}
    found, marker = await _matching(visit, filters, text.lower(), query.text("marker"))
    rows = [(await visit.api.emr("DescribeCluster", ClusterId=each["Id"]))["Cluster"] for each in found]
    return visit.page("clusters.html", clusters=rows, marker=marker, state=state, text=text, states=list(FILTERS))


async def _matching(visit: Visit, filters: View, text: str, marker: str) -> tuple[list[View], str]:
    """The next SHOWN matching clusters or a few more, and the marker of what follows (empty: nothing)."""
    found: list[View] = []
    for _ in range(MOST_PAGES):
        listed = await visit.api.emr("ListClusters", filters, Marker=marker or None)
        found += [each for each in listed["Clusters"] if text in f"{each['Name']} {each['Id']}".lower()]
        marker = listed.get("Marker", "")
        if not marker or len(found) >= SHOWN:
            break
    return found, marker
