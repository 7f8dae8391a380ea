"""The health page of the controller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

HEALTH = "/_localemr/health"
Health = Callable[[], tuple[bool, Mapping[str, Any]]]
"""Whether all is well, and a report as JSON. It is called often and must not wait for anything."""


def health_router(health: Health) -> APIRouter:
    """The health page: 200 when all is well, 503 when not."""
    router = APIRouter()

    @router.get(HEALTH)
    async def check_health() -> Response:
        good, report = health()
        return JSONResponse(report, 200 if good else 503)

    return router
