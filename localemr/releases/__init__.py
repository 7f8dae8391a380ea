"""Data: which applications a release label has, and what instance types are. Loaded from the TOML files beside."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from localemr.domain.model.application import InstanceType, Release

_FILES = resources.files(__package__)


@cache
def releases() -> Mapping[str, Release]:
    """Release label → release, from the files `emr-*.toml` (`label`, and `[applications]` with upstream versions)."""
    found = {}
    for file in sorted(_FILES.iterdir(), key=lambda each: each.name):
        if file.name.startswith("emr-") and file.name.endswith(".toml"):
            data = tomllib.loads(file.read_text())
            found[data["label"]] = Release(data["label"], data["applications"])
    return found


@cache
def instance_types() -> Mapping[str, InstanceType]:
    """Name → instance type, from `instance_types.toml`."""
    data = tomllib.loads(_FILES.joinpath("instance_types.toml").read_text())
    return {name: InstanceType(name, **values) for name, values in data.items()}
