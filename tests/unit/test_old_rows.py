"""Rows that an older LocalEMR wrote can be read: members that came later have defaults."""

from __future__ import annotations

from pydantic import TypeAdapter

from localemr.domain.records import ClusterSpec, GroupSpec


def test_a_cluster_without_policies() -> None:
    spec = TypeAdapter(ClusterSpec).validate_json('{"name": "n", "release_label": "emr-7.13.0", "applications": []}')
    assert (spec.auto_termination, spec.managed_scaling, spec.fleets) == (None, None, False)


def test_a_group_without_a_policy() -> None:
    spec = TypeAdapter(GroupSpec).validate_json('{"role": "CORE", "instance_type": "m5.xlarge", "count": 1}')
    assert (spec.auto_scaling, spec.fleet) == (None, None)
