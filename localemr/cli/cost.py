"""`localemr cost`: what clusters would cost on EMR."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Annotated, Any

import typer
from rich.markup import escape

from localemr.cli import bills, clients, targets
from localemr.cli.console import columns, err, out, read_settings, reported
from localemr.cli.prices import read_prices
from localemr.domain.cost.bill import HOUR, Bill, Cost, InstanceCost, total
from localemr.domain.cost.prices import Prices
from localemr.settings import Settings

DIGITS = 6
"""Of USD in JSON."""
Row = tuple[str, ...]
HEAD = ("hours", "EC2", "EMR fee", "EBS", "total", "spot saved")


def cost(
    cluster: Annotated[str | None, typer.Argument(help="A cluster's id or name; none: all clusters.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Estimate what clusters would cost on EMR: ended ones too, and of one its groups, instances and steps."""
    with reported():
        settings = read_settings()
        prices = read_prices(settings)
        with closing(clients.emr(settings)) as emr:
            ids = [targets.cluster(emr, cluster)["Id"]] if cluster else _clusters(emr)
            at = bills.now(settings)
            found = [bills.bill_of(emr, each, prices, at) for each in ids]
        if as_json:
            print(json.dumps(_document(found, prices, settings), indent=2))
            return
        out.print("\n".join(_cluster(found[0]) if cluster else _overview(found)), soft_wrap=True, markup=False)
        for name in sorted({name for each in found for name in each.unpriced}):
            err.print(f"[yellow]there is no price of {escape(name)}[/]: it is counted as 0", soft_wrap=True)
        out.print(note(prices, settings), soft_wrap=True, markup=False)


def note(prices: Prices, settings: Settings) -> str:
    """What the figures are."""
    own = f"; where it has others, {settings.prices}" if settings.prices else ""
    return (
        f"An estimate in USD, by prices of {prices.region}, {prices.date} ({prices.source}{own}); "
        f"spot at {prices.spot_share:.0%} of on demand. S3, transfer and taxes are not in it (docs/cost.md)."
    )


def _clusters(emr: Any) -> list[str]:
    return [each["Id"] for page in emr.get_paginator("list_clusters").paginate() for each in page["Clusters"]]


def _overview(found: Sequence[Bill]) -> list[str]:
    if not found:
        return ["clusters    none"]
    rows: list[Row] = [("cluster", "state", *HEAD, "name")]
    rows += [(each.usage.id, each.usage.state, *_figures(each.instances), each.usage.name) for each in found]
    if len(found) > 1:
        rows.append(("all", "", *_figures([one for each in found for one in each.instances]), ""))
    return columns(rows)


def _cluster(found: Bill) -> list[str]:
    usage = found.usage
    lines = [f"{usage.id}  {usage.name}  {usage.state}"]
    rows: list[Row] = [("group", "role", "type", *HEAD)]
    for group, members in found.groups.items():
        types = ",".join(dict.fromkeys(each.used.instance_type for each in members))
        rows.append((group, members[0].used.role, types, *_figures(members)))
    lines += columns([*rows, ("all", "", "", *_figures(found.instances))])
    rows = [("instance", "role", "market", *HEAD)]
    rows += [(each.used.id, each.used.role, each.used.market, *_figures([each])) for each in found.instances]
    lines += columns(rows)
    if found.steps:
        steps = [(step.id, step.state, _usd(share), step.name) for step, share in found.steps]
        lines += columns([("step", "state", "share", "name"), *steps, ("no step", "", _usd(found.outside), "")])
    if found.scaling_saved is not None:
        lines.append(f"Managed scaling saved {_usd(found.scaling_saved)} against its maximum all the time.")
    return lines


def _figures(instances: Sequence[InstanceCost]) -> Row:
    """The cells below HEAD."""
    paid = total(instances)
    hours = sum(each.seconds for each in instances) / HOUR
    return f"{hours:,.2f}", *map(_usd, (paid.ec2, paid.emr, paid.ebs, paid.total, paid.spot_saved))


def _usd(amount: float) -> str:
    return f"{amount:,.4f}"


def _document(found: Sequence[Bill], prices: Prices, settings: Settings) -> dict[str, Any]:
    """Everything, for programs. Amounts are in USD, times in epoch seconds."""
    return {
        "estimate": True,
        "currency": "USD",
        "prices": {
            "region": prices.region,
            "date": prices.date,
            "source": prices.source,
            "file": settings.prices or None,
            "spot_share": prices.spot_share,
        },
        **_amounts([one for each in found for one in each.instances]),
        "clusters": [_bill(each) for each in found],
    }


def _bill(found: Bill) -> dict[str, Any]:
    usage = found.usage
    return {
        "id": usage.id,
        "name": usage.name,
        "state": usage.state,
        "began": usage.began,
        "ended": usage.ended,
        **_amounts(found.instances),
        "scaling_saved": None if found.scaling_saved is None else round(found.scaling_saved, DIGITS),
        "unpriced": list(found.unpriced),
        "groups": [
            {"id": group, "role": members[0].used.role, **_amounts(members)} for group, members in found.groups.items()
        ],
        "instances": list(_instances(found)),
        "steps": [
            {"id": step.id, "name": step.name, "state": step.state, "share": round(share, DIGITS)}
            for step, share in found.steps
        ],
        "outside_steps": round(found.outside, DIGITS),
    }


def _instances(found: Bill) -> Iterator[dict[str, Any]]:
    for each in found.instances:
        used = each.used
        yield {
            "id": used.id,
            "group": used.group,
            "role": used.role,
            "type": used.instance_type,
            "market": used.market,
            "began": used.began,
            "ended": used.ended,
            **_amounts([each]),
        }


def _amounts(instances: Sequence[InstanceCost]) -> dict[str, float]:
    paid: Cost = total(instances)
    named = {"ec2": paid.ec2, "emr": paid.emr, "ebs": paid.ebs, "total": paid.total, "spot_saved": paid.spot_saved}
    seconds = sum(each.seconds for each in instances)
    return {"seconds": seconds, **{name: round(amount, DIGITS) for name, amount in named.items()}}
