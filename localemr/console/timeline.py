"""A cluster's events: every change of a state, from the event log."""

from __future__ import annotations

from starlette.responses import Response

from localemr.console.visits import Visit

SHOWN = 300
"""Events of a page."""
KINDS = ("cluster", "group", "instance", "step", "policy", "notice", "scaling")


async def page(visit: Visit) -> Response:
    """The page: the newest events, also of one kind, and of those before a number."""
    cluster = (await visit.api.emr("DescribeCluster", ClusterId=visit.path("cluster")))["Cluster"]
    kind, before = visit.query.text("kind"), visit.query.text("before")
    kind = kind if kind in KINDS else ""
    number = int(before) if before.isdecimal() else None
    found = visit.site.events(cluster["Id"], kind, number, SHOWN + 1)
    return visit.page(
        "events.html",
        cluster=cluster,
        events=found[:SHOWN],
        older=found[SHOWN - 1][0] if len(found) > SHOWN else None,
        kind=kind,
        kinds=KINDS,
    )
