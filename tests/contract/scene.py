"""Clusters in the situations in which requests are refused, by name; requests and texts name them as `<name>`."""

from __future__ import annotations

from typing import Any

from tests.contract.endpoint import Endpoint
from tests.contract.requests import RUNTIME_ROLES, cluster, fleets, run, step

CLUSTERS: dict[str, dict[str, Any]] = {
    "starting": {},
    "waiting": {"state": "WAITING"},
    "ending": {"state": "TERMINATING"},
    "ended": {"state": "TERMINATED"},
    "protected": {"Instances": cluster()["Instances"] | {"TerminationProtected": True}},
    "concurrent": {"StepConcurrencyLevel": 2},
    "full": {"Steps": [step()] * 256},
    "roles": {"SecurityConfiguration": "roles"},
    "fleets": {"Instances": fleets("MASTER", "CORE"), "state": "WAITING"},
    "early-fleets": {"Instances": fleets("MASTER", "CORE")},
}
"""Name of the cluster → members of its RunJobFlow request, and the state that it gets afterwards."""


def build(endpoint: Endpoint, emr: Any) -> dict[str, str]:
    """Make the clusters, and the security configuration `roles`. Name → id: `waiting`, and `waiting.core` for a group
    or fleet of it."""
    emr.create_security_configuration(Name="roles", SecurityConfiguration=RUNTIME_ROLES)
    ids = {}
    for name, wanted in CLUSTERS.items():
        ids[name] = run(emr, **{member: value for member, value in wanted.items() if member != "state"})
        ids |= {f"{name}.{each.spec.role.lower()}": each.id for each in endpoint.load(ids[name]).groups}
        if "state" in wanted:
            endpoint.move(ids[name], wanted["state"])
    endpoint.woken.clear()
    return ids


def fill(value: Any, ids: dict[str, str]) -> Any:
    """The value with the ids in the place of their names."""
    if isinstance(value, dict):
        return {key: fill(each, ids) for key, each in value.items()}
    if isinstance(value, list):
        return [fill(each, ids) for each in value]
    if isinstance(value, str):
        for name, id_ in ids.items():
            value = value.replace(f"<{name}>", id_)
    return value
