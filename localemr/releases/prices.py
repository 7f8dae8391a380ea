"""Prices that come with LocalEMR: `prices.toml`, and those of instance types in `instance_types.csv`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from localemr.domain.cost.prices import Prices
from localemr.releases import instance_types


@cache
def prices() -> Prices:
    """The prices of us-east-1."""
    data = tomllib.loads(resources.files(__package__).joinpath("prices.toml").read_text())
    return Prices(**{**data, "date": str(data["date"])}, types=instance_types())
