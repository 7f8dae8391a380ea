"""The health page of the controller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

HEALTH = "/_localemr/health"
Health = Callable[[], tuple[bool, Mapping[str, Any]]]
"""Returns whether the controller is healthy, and a report as JSON. It is called often and must not block."""


def health_router(health: Health) -> APIRouter:
    """The health page: status 200 when healthy, else 503."""
    router = APIRouter()

    @router.get(HEALTH)
    async def check_health() -> Response:
        good, report = health()
        return JSONResponse(report, 200 if good else 503)

    return router
