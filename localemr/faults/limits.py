"""The control API of EC2's capacity: `/_localemr/capacity`. The limits hold until they are replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route

from localemr.api.access import Access
from localemr.domain.model.limits import Limit
from localemr.faults.bodies import json_route, read_body, read_document

CAPACITY = "/_localemr/capacity"


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True)
class Given(Limit):
    """A limit as a request has it."""

    market: Literal["ON_DEMAND", "SPOT", "*"] = "*"
    count: Annotated[int, Field(ge=0)] | None = None
    price: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


LIMITS: TypeAdapter[list[Given]] = TypeAdapter(list[Given])
PATTERNS = ("type", "market", "zone", "subnet")


class Limits:
    """The limits of an installation."""

    def __init__(self) -> None:
        self._limits: list[Given] = []

    def __call__(self) -> tuple[Limit, ...]:
        """The limits now."""
        return tuple(self._limits)

    def replace(self, limits: list[Given]) -> None:
        """Set these and no others."""
        self._limits = list(limits)

    def add(self, limits: list[Given]) -> None:
        """Add limits, first of all, in place of those with the same patterns. One without count and price ends them."""
        patterns = [_patterns(each) for each in limits]
        kept = [each for each in self._limits if _patterns(each) not in patterns]
        self._limits = [each for each in limits if each.count is not None or each.price is not None] + kept

    def shown(self) -> Any:
        """As plain data, without members that have their defaults."""
        usual = {each.name: each.default for each in fields(Given)}
        found = LIMITS.dump_python(self._limits, mode="json")
        return [{name: value for name, value in each.items() if value != usual[name]} for each in found]


def limits_routes(limits: Limits, changed: Callable[[], None], access: Access | None = None) -> list[Route]:
    """The routes. Bad input gets 422 with a `detail`; `access` is as in control.py. `changed` is called after each
    change."""

    async def show(request: Request) -> Any:
        await read_body(request, access)
        return limits.shown()

    async def replace_all(request: Request) -> Any:
        limits.replace(_limits(await read_body(request, access)))
        changed()
        return limits.shown()

    async def add(request: Request) -> Any:
        limits.add(_limits(await read_body(request, access)))
        changed()
        return limits.shown()

    answers = (("GET", show), ("PUT", replace_all), ("POST", add))
    return [json_route(method, CAPACITY, answer) for method, answer in answers]


def _patterns(limit: Limit) -> tuple[str, ...]:
    return tuple(getattr(limit, name) for name in PATTERNS)


def _limits(body: bytes) -> list[Given]:
    try:
        return LIMITS.validate_python(read_document(body, list))
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
