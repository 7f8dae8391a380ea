"""The control API, for tests: `/_localemr/clock` and `/_localemr/script`. No part of AWS's API. Its measurements are in
measurements.py, spot instances in interruptions.py.

It exists where `LOCALEMR_CONTROL` enables it, by default with the memory runtime only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import isfinite
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route

from localemr.api.access import Access
from localemr.clock import Clock, MovableClock
from localemr.faults.bodies import json_route, read_body, read_document
from localemr.faults.script import RULES, Script, read_rules

CLOCK, SCRIPT = "/_localemr/clock", "/_localemr/script"


def control_routes(
    clock: Clock,
    script: Script,
    apply_rules: Callable[[], Awaitable[None]],
    access: Access | None = None,
) -> list[Route]:
    """The routes. Bad input gets 422 with a `detail`, an invalid move of the clock gets 409.

    `apply_rules` is awaited after rules were added, for their effect on running instances. With `access` callers sign
    as for EMR, and get 403 otherwise.
    """

    async def show_clock(request: Request) -> Any:
        await read_body(request, access)
        return {"now": clock.now(), "speed": clock.speed if isinstance(clock, MovableClock) else 1.0}

    async def move_clock(request: Request) -> Any:
        moves = read_document(await read_body(request, access), dict)
        if not isinstance(clock, MovableClock):
            raise HTTPException(409, "The clock of real clusters is the computer's. Use --runtime memory.")
        _move(clock, moves)
        return {"now": clock.now(), "speed": clock.speed}

    async def show_script(request: Request) -> Any:
        await read_body(request, access)
        return _shown(script)

    async def replace_script(request: Request) -> Any:
        script.replace(_rules(await read_body(request, access)))
        await apply_rules()
        return _shown(script)

    async def add_to_script(request: Request) -> Any:
        script.add(_rules(await read_body(request, access)))
        await apply_rules()
        return _shown(script)

    return [
        json_route("GET", CLOCK, show_clock),
        json_route("POST", CLOCK, move_clock),
        json_route("GET", SCRIPT, show_script),
        json_route("PUT", SCRIPT, replace_script),
        json_route("POST", SCRIPT, add_to_script),
    ]


def _move(clock: MovableClock, requested: dict[str, Any]) -> None:
    moves: dict[str, Callable[[float], None]] = {
        "now": clock.set_time,
        "advance": clock.advance,
        "speed": clock.set_speed,
    }
    for name, value in requested.items():
        if name not in moves or isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise HTTPException(422, f"{name}: expected one of {', '.join(moves)}, and a number")
    for name, value in requested.items():
        try:
            moves[name](float(value))
        except ValueError as error:
            raise HTTPException(422, str(error)) from error


def _rules(body: bytes) -> Any:
    try:
        return read_rules(read_document(body, list))
    except ValueError as error:
        raise HTTPException(422, str(error)) from error


def _shown(script: Script) -> Any:
    return RULES.dump_python(script.rules(), mode="json")
