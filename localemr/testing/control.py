"""The control API, for tests alone: `/_localemr/clock` and `/_localemr/script`. Not part of AWS's path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, HTTPException, Request

from localemr.clock import Clock, MovableClock
from localemr.testing.script import RULES, Script, read_rules

CLOCK, SCRIPT = "/_localemr/clock", "/_localemr/script"


def control_router(clock: Clock, script: Script) -> APIRouter:
    """Its routes. Bad input gets 422 with a `detail`; a clock that cannot be moved gets 409."""
    router = APIRouter()

    @router.get(CLOCK)
    async def show_clock() -> dict[str, float]:
        return {"now": clock.now(), "speed": clock.speed if isinstance(clock, MovableClock) else 1.0}

    @router.post(CLOCK)
    async def move_clock(request: Request) -> dict[str, float]:
        if not isinstance(clock, MovableClock):
            raise HTTPException(409, "The clock of real clusters is the computer's. Use --runtime memory.")
        moves: dict[str, Callable[[float], None]] = {"speed": clock.set_speed, "advance": clock.advance}
        for name, value in (await _document(request, dict)).items():
            if name not in moves or isinstance(value, bool) or not isinstance(value, int | float):
                raise HTTPException(422, f"{name}: expected one of {', '.join(moves)}, and a number")
            try:
                moves[name](float(value))
            except ValueError as error:
                raise HTTPException(422, str(error)) from error
        return await show_clock()

    @router.get(SCRIPT)
    async def show_script() -> Any:
        return RULES.dump_python(script.rules(), mode="json")

    @router.put(SCRIPT)
    async def replace_script(request: Request) -> Any:
        script.replace(await _rules(request))
        return await show_script()

    @router.post(SCRIPT)
    async def add_to_script(request: Request) -> Any:
        script.add(await _rules(request))
        return await show_script()

    return router


async def _document(request: Request, kind: type) -> Any:
    try:
        document = await request.json()
    except ValueError as error:
        raise HTTPException(422, "The body is not JSON.") from error
    if not isinstance(document, kind):
        raise HTTPException(422, f"The body must be a JSON {'object' if kind is dict else 'array'}.")
    return document


async def _rules(request: Request) -> Any:
    try:
        return read_rules(await _document(request, list))
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
