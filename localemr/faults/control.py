"""The control API, for tests: `/_localemr/clock`, `/_localemr/script` and `/_localemr/metrics`. No part of AWS's API.
That of spot instances is in interruptions.py.

It exists where `LOCALEMR_CONTROL` enables it, by default with the memory runtime only.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from math import isfinite
from typing import Any

from fastapi import APIRouter, HTTPException, Request

from localemr.api.access import Access
from localemr.clock import Clock, MovableClock
from localemr.faults.bodies import read_body, read_document
from localemr.faults.script import RULES, Script, read_rules

CLOCK, SCRIPT, METRICS = "/_localemr/clock", "/_localemr/script", "/_localemr/metrics"

NAME = re.compile(r"[A-Za-z0-9._-]{1,128}")
"""A measurement's name (docs/node-contract.md)."""
Measure = Callable[[str, Mapping[str, float] | None], Awaitable[None]]
"""Has a cluster's master report these measurements (None: no more looks). Raises LookupError without a master."""


def control_router(
    clock: Clock,
    script: Script,
    apply_rules: Callable[[], Awaitable[None]],
    measure: Measure,
    access: Access | None = None,
) -> APIRouter:
    """The routes. Bad input gets 422 with a `detail`, an invalid move of the clock gets 409.

    `apply_rules` is awaited after rules were added, for their effect on running instances, `measure` for scripted
    measurements. With `access` callers sign as for EMR, and get 403 otherwise.
    """
    router = APIRouter()

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

    async def add_metrics(request: Request) -> Any:
        cluster, values = _metrics(read_document(await read_body(request, access), dict))
        try:
            await measure(cluster, values)
        except LookupError as error:
            raise HTTPException(422, f"{cluster}: there is no such cluster, or its master does not run.") from error
        return {"cluster": cluster, "values": values}

    for path, method, endpoint in (
        (CLOCK, "GET", show_clock),
        (CLOCK, "POST", move_clock),
        (SCRIPT, "GET", show_script),
        (SCRIPT, "PUT", replace_script),
        (SCRIPT, "POST", add_to_script),
        (METRICS, "POST", add_metrics),
    ):
        router.add_api_route(path, endpoint, methods=[method])
    return router


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


def _rules(body: bytes) -> Any:
    try:
        return read_rules(read_document(body, list))
    except ValueError as error:
        raise HTTPException(422, str(error)) from error


def _shown(script: Script) -> Any:
    return RULES.dump_python(script.rules(), mode="json")
