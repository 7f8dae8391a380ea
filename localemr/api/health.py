"""The health page of the controller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

HEALTH = "/_localemr/health"
Health = Callable[[], tuple[bool, Mapping[str, Any]]]
"""Returns whether the controller is healthy, and a report as JSON. It is called often and must not block."""


def health_route(health: Health) -> Route:
    """The health page: status 200 when healthy, else 503."""

    async def check_health(request: Request) -> Response:
        good, report = health()
        return JSONResponse(report, 200 if good else 503)

    return Route(HEALTH, check_health, methods=["GET"])
