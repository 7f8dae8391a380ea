"""Bills from records alone, against figures by hand. Prices by hand: EMR's and EC2's of us-east-1, July 2026."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from localemr.cli.prices import read_prices
from localemr.domain.cost.bill import Bill, bill, billed_seconds
from localemr.domain.cost.prices import with_document
from localemr.domain.cost.shares import Span, shares
from localemr.domain.cost.usage import Ran, Usage, Used, Volume, root_volume
from localemr.problem import Problem
from localemr.releases.prices import prices
from localemr.settings import Settings

PRICES = prices()
HOUR, MONTH = 3600.0, 2592000.0
T = 1_700_000_000.0


def used(kind: str = "m5.xlarge", role: str = "CORE", **members: Any) -> Used:
    return Used(**{"id": "ci-1", "group": "ig-1", "role": role, "market": "ON_DEMAND", "began": T,
                   "instance_type": kind, "ended": T + HOUR, **members})  # fmt: skip


def of(*instances: Used, now: float = T + HOUR, **members: Any) -> Bill:
    return bill(Usage("j-1", "n", "RUNNING", T, instances=instances, **members), PRICES, now)


@pytest.mark.parametrize(
    ("kind", "ec2", "emr"),
    [
        ("m4.large", 0.10, 0.030),
        ("m5.xlarge", 0.192, 0.048),
        ("m5.12xlarge", 2.304, 0.27),
        ("m5.24xlarge", 4.608, 0.27),
        ("m6g.xlarge", 0.154, 0.0385),
        ("m8g.xlarge", 0.17952, 0.04488),
        ("c5.xlarge", 0.17, 0.043),
        ("r5.4xlarge", 1.008, 0.252),
        ("r7g.8xlarge", 1.7136, 0.4284),
        ("p3.2xlarge", 3.06, 0.27),
    ],
)
def test_an_hour_costs_ec2_price_and_emr_fee(kind: str, ec2: float, emr: float) -> None:
    cost = of(used(kind)).cost
    assert (cost.ec2, cost.emr, cost.ebs) == pytest.approx((ec2, emr, 0))
    spot = of(used(kind, market="SPOT")).cost
    assert (spot.ec2, spot.emr, spot.spot_saved) == pytest.approx((0.35 * ec2, emr, 0.65 * ec2))


@pytest.mark.parametrize(
    ("volume", "month"),
    [
        (Volume("gp3", 100), 8.0),
        (Volume("gp2", 100), 10.0),
        (Volume("gp3", 100, 16000), 8.0),
        (Volume("io1", 100, 1000), 12.5 + 65.0),
        (Volume("st1", 500), 22.5),
        (Volume("sc1", 500), 7.5),
        (Volume("standard", 100), 5.0),
    ],
)
def test_volumes_cost_by_the_second_of_a_month_of_30_days(volume: Volume, month: float) -> None:
    assert of(used(volumes=(volume, volume))).cost.ebs == pytest.approx(2 * month * HOUR / MONTH)


@pytest.mark.parametrize(
    ("seconds", "billed"),
    [(0, 60), (-5, 60), (59.9, 60), (60, 60), (60.004, 60), (60.5, 61), (3600, 3600), (3600.001, 3600)],
)
def test_billed_seconds_are_whole_and_at_least_a_minute(seconds: float, billed: int) -> None:
    assert billed_seconds(T, T + seconds) == billed


def test_an_instance_that_lives_is_paid_until_now() -> None:
    assert of(used(ended=None), now=T + 90 * 60).seconds == 5400


@pytest.mark.parametrize(("bid", "share", "price"), [(None, 1.0, 0.0672), (0.05, 1.0, 0.05), (0.1, 0.2, 0.0384)])
def test_spot_costs_no_more_than_the_bid(bid: float | None, share: float, price: float) -> None:
    assert of(used(market="SPOT", bid=bid, bid_share=share)).cost.ec2 == pytest.approx(price)


def test_groups_and_what_has_no_price() -> None:
    found = of(used(), used(group="ig-2"), used("x9.large", group="ig-2", volumes=(Volume("zp1", 1),)))
    assert {group: len(members) for group, members in found.groups.items()} == {"ig-1": 1, "ig-2": 2}
    assert found.unpriced == ("x9.large", "zp1")
    assert found.cost.total == pytest.approx(2 * 0.24)


def test_roots_by_label() -> None:
    labels = ("emr-5.36.1", "emr-6.9.0", "emr-6.10.0", "emr-6.15.0", "emr-7.13.0", "")
    kinds = [("gp2", 10), ("gp2", 10), ("gp2", 15), ("gp3", 15), ("gp3", 15), ("gp2", 10)]
    assert [root_volume(each, None) for each in labels] == [Volume(*each) for each in kinds]
    assert root_volume("emr-7.13.0", 40) == Volume("gp3", 40)


@pytest.mark.parametrize(
    ("runs", "parts"),
    [
        ([], []),
        ([(0, 10)], [10]),
        ([(0, 10), (10, 15)], [10, 15]),
        ([(0, 10), (5, 15)], [7.5, 2.5 + 15]),
        ([(0, 20), (0, 20), (0, 20)], [40 / 3] * 3),
        ([(5, 5), (30, 40)], [0, 0]),
        ([(-5, 1)], [1]),
    ],
)
def test_steps_share_what_the_cluster_costs_while_they_run(runs: Any, parts: list[float]) -> None:
    """One instance of 1 a second from 0 to 20, another of 2 from 10 to 20."""
    assert shares([Span(0, 20, 1.0), Span(10, 20, 2.0)], runs) == pytest.approx(parts)


def test_shares_and_the_rest_are_the_whole() -> None:
    steps = (Ran("s-1", "a", "COMPLETED", T + 600, T + 1200), Ran("s-2", "b", "RUNNING", T + 900))
    found = of(used(), used(ended=T + 10), steps=steps)
    per_second = 0.24 / HOUR
    assert [share for _, share in found.steps] == pytest.approx([450 * per_second, 2550 * per_second])
    assert found.outside == pytest.approx((600 + 60) * per_second)
    assert found.outside + sum(share for _, share in found.steps) == pytest.approx(found.cost.total)


def test_managed_scaling_against_its_maximum() -> None:
    core, task = used(), used(role="TASK", began=T + 1800, market="SPOT")
    found = of(used(role="MASTER"), core, task, most=4)
    paid = 0.24 + (0.35 * 0.192 + 0.048) / 2
    assert found.scaling_saved == pytest.approx(paid / 1.5 * 4 - paid)
    vcores = of(*(replace(each, units=4) for each in (core, task)), most=16)
    assert vcores.scaling_saved == pytest.approx(found.scaling_saved)
    assert of(core, task).scaling_saved is None
    assert of(used(role="MASTER"), most=4).scaling_saved is None
    assert of(core, core, most=1).scaling_saved == 0


OWN = """
region = "eu-central-1"
date = 2026-11-01
spot_share = 0.5
[volumes]
gp3 = 0.0952
[types."m5.xlarge"]
ec2 = 0.23
"""


def test_a_file_of_the_users_replaces_what_it_names(tmp_path: Any) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    own = read_prices(Settings(prices=str(path)))
    assert (own.region, own.date, own.source) == ("eu-central-1", "2026-11-01", PRICES.source)
    assert (own.ec2("m5.xlarge"), own.emr("m5.xlarge"), own.ec2("c5.xlarge")) == (0.23, 0.048, 0.17)
    assert (own.volumes["gp3"], own.volumes["gp2"], own.spot_share) == (0.0952, 0.1, 0.5)
    path = tmp_path / "own.json"
    path.write_text('{"types": {"m5.xlarge": {"emr": 0}}}')
    assert read_prices(Settings(prices=str(path))).emr("m5.xlarge") == 0


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("none.toml", None, "No such file"),
        ("bad.toml", "region = = 1", "line 1"),
        ("bad.json", "{", "line 1"),
        ("list.json", "[]", "expected an object"),
        ("key.toml", "spot = 1", "spot: expected one of date, iops, region"),
        ("share.toml", "spot_share = 1.5", "spot_share: 1.5 is more than 1"),
        ("text.toml", 'spot_share = "0.5"', "spot_share: expected a number"),
        ("sign.toml", "[volumes]\ngp3 = -1", "volumes.gp3: expected a number that is not negative, got -1"),
        ("nan.toml", "[iops]\nio1 = nan", "iops.io1: expected a number"),
        ("table.toml", "volumes = 1", "volumes: expected a table"),
        ("type.toml", '[types."m5.xlarg"]\nec2 = 1', "types.m5.xlarg: there is no such instance type"),
        ("member.toml", '[types."m5.xlarge"]\nprice = 1', "types.m5.xlarge: expected ec2 and emr"),
        ("empty.toml", '[types."m5.xlarge"]', "types.m5.xlarge: expected ec2 and emr"),
    ],
)
def test_a_bad_file_of_prices_is_named(tmp_path: Any, name: str, text: str | None, why: str) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(Problem) as caught:
        read_prices(Settings(prices=str(path)))
    assert str(path) in caught.value.message and why in caught.value.message


def test_prices_have_their_source_and_date() -> None:
    assert (PRICES.region, PRICES.date) == ("us-east-1", "2026-07-20")
    assert PRICES.source
    assert with_document(PRICES, {}) == PRICES
