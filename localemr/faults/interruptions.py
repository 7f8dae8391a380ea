"""The control API of the market of spot instances: `/_localemr/interruptions` and `/_localemr/drill`."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route

from localemr.api.access import Access
from localemr.faults.bodies import json_route, read_body, read_document
from localemr.faults.market import Drill, Interruption, Market, Refused
from localemr.runtime.base import RuntimeFailure

INTERRUPTIONS, DRILL = "/_localemr/interruptions", "/_localemr/drill"
REQUESTS, DRILLS = TypeAdapter(Interruption), TypeAdapter(Drill)
Kind = TypeVar("Kind")


def market_routes(market: Market, access: Access | None = None) -> list[Route]:
    """The routes. What makes no sense gets 422 with a `detail`, 503 when the runtime does not answer; `access` is as
    in control.py."""

    async def interrupt(request: Request) -> Any:
        requested = _read(REQUESTS, await read_body(request, access))
        try:
            return {"cluster": requested.cluster, "interrupted": await market.interrupt(requested)}
        except Refused as error:
            raise HTTPException(422, str(error)) from error
        except RuntimeFailure as error:
            raise HTTPException(503, str(error)) from error

    async def show_drill(request: Request) -> Any:
        await read_body(request, access)
        return DRILLS.dump_python(market.drill, mode="json")

    async def start_drill(request: Request) -> Any:
        drill = _read(DRILLS, await read_body(request, access))
        try:
            await market.start_drill(drill)
        except RuntimeFailure as error:
            raise HTTPException(503, str(error)) from error
        return DRILLS.dump_python(drill, mode="json")

    return [
        json_route("POST", INTERRUPTIONS, interrupt),
        json_route("GET", DRILL, show_drill),
        json_route("PUT", DRILL, start_drill),
    ]


def _read(kind: TypeAdapter[Kind], body: bytes) -> Kind:
    try:
        return kind.validate_python(read_document(body, dict))
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
