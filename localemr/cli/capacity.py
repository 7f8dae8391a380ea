"""`localemr capacity`: which instances EC2 has."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from localemr.cli import onkubernetes
from localemr.cli.console import out, read_settings, reported
from localemr.cli.control import ControlError, NoControlError, call
from localemr.problem import Problem

ENABLE = "LOCALEMR_CONTROL=on in the environment of the controller when it starts enables it (docs/fleets.md)"


def capacity(
    amount: Annotated[
        str | None,
        typer.Argument(help="So many instances at once: a number, `none` or `any`. Without it the limits are shown."),
    ] = None,
    type_: Annotated[str, typer.Option("--type", help="Of these instance types, such as `r5.*`.")] = "*",
    market: Annotated[str, typer.Option("--market", help="Of this market: ON_DEMAND or SPOT.")] = "*",
    zone: Annotated[str, typer.Option("--zone", help="In this Availability Zone.")] = "*",
    subnet: Annotated[str, typer.Option("--subnet", help="In this subnet.")] = "*",
    price: Annotated[
        float | None, typer.Option("--price", min=0, help="At this spot price, in USD an hour: lower bids get none.")
    ] = None,
) -> None:
    """Set how many instances EC2 has, or show the limits. `localemr capacity any` alone ends all limits."""
    with reported():
        patterns = {"type": type_, "market": market, "zone": zone, "subnet": subnet}
        patterns = {name: each for name, each in patterns.items() if each != "*"}
        if amount is None and price is None:
            if patterns:
                raise Problem("the amount is missing", "name a number of instances, `none` or `any`")
            found = _call("GET")
        elif amount == "any" and not patterns and price is None:
            found = _call("PUT", [])
        else:
            found = _call("POST", [{**patterns, "count": _count(amount), "price": price}])
        out.print("\n".join(map(_shown, found)) or "EC2 has any number of instances", soft_wrap=True, markup=False)


def _count(amount: str | None) -> int | None:
    if amount in (None, "any"):
        return None
    if amount == "none":
        return 0
    if not str(amount).isdecimal():
        raise Problem(f"{amount!r} is no amount", "name a number of instances, `none` or `any`")
    return int(str(amount))


def _call(method: str, limits: Any = None) -> list[dict[str, Any]]:
    settings = onkubernetes.installed(read_settings())
    keys = (settings.access_key, settings.secret_key) if settings.accepted_keys else None
    try:
        return list(call(settings.endpoint, keys, method, "capacity", limits))
    except NoControlError as error:
        raise Problem("this installation has no control API, which limits EC2's capacity", ENABLE) from error
    except ControlError as error:
        raise Problem(str(error), "`localemr capacity --help` names what can be limited") from error


def _shown(limit: dict[str, Any]) -> str:
    count, price = limit.get("count"), limit.get("price")
    amount = "any number of instances" if count is None else f"{count or 'no'} instances"
    where = "".join(f", {name} {limit[name]}" for name in ("type", "market", "zone", "subnet") if name in limit)
    return amount + where + ("" if price is None else f", at {price:g} USD an hour")
