"""The control API's scripted measurements: `/_localemr/metrics`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from math import isfinite
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route

from localemr.api.access import Access
from localemr.faults.bodies import json_route, read_body, read_document

METRICS = "/_localemr/metrics"
NAME = re.compile(r"[A-Za-z0-9._-]{1,128}")
"""A measurement's name (docs/node-contract.md)."""
Measure = Callable[[str, Mapping[str, float] | None], Awaitable[None]]
"""Has a cluster's master report these measurements (None: no more looks). Raises LookupError without a master."""


def measurements_routes(measure: Measure, access: Access | None = None) -> list[Route]:
    """The route. Bad input gets 422 with a `detail`. With `access` callers sign as for EMR, and get 403 otherwise."""

    async def add_metrics(request: Request) -> Any:
        cluster, values = _metrics(read_document(await read_body(request, access), dict))
        try:
            await measure(cluster, values)
        except LookupError as error:
            raise HTTPException(422, f"{cluster}: there is no such cluster, or its master does not run.") from error
        return {"cluster": cluster, "values": values}

    return [json_route("POST", METRICS, add_metrics)]


def _metrics(document: dict[str, Any]) -> tuple[str, Mapping[str, float] | None]:
    """The cluster's id and the values of a request."""
    cluster, values = document.get("cluster"), document.get("values")
    named = isinstance(values, dict) and all(NAME.fullmatch(each) for each in values)
    if not isinstance(cluster, str) or not (values is None or named):
        raise HTTPException(422, "Expected the id of a cluster, and values by the names of measurements, or null.")
    for name, value in (values or {}).items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise HTTPException(422, f"{name}: expected a number")
    return cluster, values
