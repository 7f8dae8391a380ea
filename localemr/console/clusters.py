"""The list of clusters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from localemr.console.calls import MOST_PAGES, View
from localemr.console.costs import total_of
from localemr.console.visits import Visit

STATES = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS")
FILTERS = {"active": STATES[:5], "ended": STATES[5:]} | {each: (each,) for each in STATES}
"""Choices of the filter → states."""
SHOWN = 50
"""Clusters of a page; EMR's pages have as many."""


SORTS: dict[str, tuple[Callable[[View], Any], bool]] = {
    "oldest": (lambda each: each["Status"]["Timeline"]["CreationDateTime"], False),
    "name": (lambda each: (each["Name"].lower(), each["Id"]), False),
    "state": (lambda each: STATES.index(each["Status"]["State"]), False),
    "instance hours": (lambda each: each["NormalizedInstanceHours"], True),
}
"""Orders besides the newest first → what they compare, and whether the greatest is first."""


async def page(visit: Visit) -> Response:
    """Clusters by state and by a part of the name or id, newest first or in another order."""
    query = visit.query
    state, text, sort = query.text("state"), query.text("text"), query.text("sort")
    filters: dict[str, Any] = {"ClusterStates": list(FILTERS[state])} if state in FILTERS else {}
    marker = query.text("marker")
    if sort in SORTS:
        found, marker = await _sorted(visit, filters, text.lower(), sort, marker)
    else:
        found, marker = await _matching(visit, filters, text.lower(), marker, SHOWN)
    rows = [(await visit.api.emr("DescribeCluster", ClusterId=each["Id"]))["Cluster"] for each in found]
    costs = {each["Id"]: await total_of(visit, each) for each in rows}
    return visit.page(
        "clusters.html",
        clusters=rows,
        costs=costs,
        marker=marker,
        state=state,
        text=text,
        sort=sort if sort in SORTS else "",
        states=list(FILTERS),
        sorts=list(SORTS),
    )


async def _sorted(visit: Visit, filters: View, text: str, sort: str, marker: str) -> tuple[list[View], str]:
    """The next SHOWN matching clusters in this order, and the marker of what follows: the number of those before. All
    of MOST_PAGES pages of EMR's are compared."""
    found, _ = await _matching(visit, filters, text, "", SHOWN * MOST_PAGES)
    key, greatest_first = SORTS[sort]
    found.sort(key=key, reverse=greatest_first)
    begin = int(marker) if marker.isdecimal() else 0
    end = begin + SHOWN
    return found[begin:end], str(end) if end < len(found) else ""


async def _matching(visit: Visit, filters: View, text: str, marker: str, most: int) -> tuple[list[View], str]:
    """The next `most` matching clusters or a few more, and the marker of what follows (empty: nothing)."""
    found: list[View] = []
    for _ in range(MOST_PAGES):
        listed = await visit.api.emr("ListClusters", filters, Marker=marker or None)
        found += [each for each in listed["Clusters"] if text in f"{each['Name']} {each['Id']}".lower()]
        marker = listed.get("Marker", "")
        if not marker or len(found) >= most:
            break
    return found, marker
