"""Tags of clusters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.endpoint import Endpoint
from tests.contract.requests import UNKNOWN, cluster, invalid, refusal, run, validation

LENGTHS = "Tag keys must be between 1 and 128 characters in length."


def tags(emr: Any, cluster_id: str) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Tags"]}


@pytest.mark.shows("emr", "AddTags", "RemoveTags")
def test_add_and_remove(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr, Tags=[{"Key": "a", "Value": "1"}, {"Key": "z", "Value": "9"}])
    assert tags(emr, cluster_id) == {"a": "1", "z": "9"}
    emr.add_tags(ResourceId=cluster_id, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b"}, {"Key": "c", "Value": "3"}])
    assert tags(emr, cluster_id) == {"a": "2", "z": "9", "b": "", "c": "3"}
    emr.remove_tags(ResourceId=cluster_id, TagKeys=["a", "nope"])
    assert tags(emr, cluster_id) == {"z": "9", "b": "", "c": "3"}
    emr.add_tags(ResourceId=cluster_id, Tags=[{"Key": f"k{number}"} for number in range(47)])
    assert len(tags(emr, cluster_id)) == 50


def test_refusals_change_nothing(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr, Tags=[{"Key": "a", "Value": "1"}])
    endpoint.woken.clear()
    for pair, message in [
        ({"Value": "v"}, f"Invalid tag key: 'null'. {LENGTHS}"),
        ({"Key": "", "Value": "v"}, f"Invalid tag key: ''. {LENGTHS}"),
        ({"Key": "k" * 129}, f"Invalid tag key: '{'k' * 129}'. {LENGTHS}"),
    ]:
        pairs = [{"Key": "good", "Value": "v"}, pair]
        assert refusal(emr.add_tags, ResourceId=cluster_id, Tags=pairs) == invalid(message)
    many = [{"Key": f"k{number}"} for number in range(50)]
    too_many = "A resource can have at most 50 tags; it would have 51."
    assert refusal(emr.add_tags, ResourceId=cluster_id, Tags=many) == invalid(too_many)
    assert refusal(emr.run_job_flow, **cluster(Tags=[*many, {"Key": "a"}])) == validation(too_many)
    for call, more in ((emr.add_tags, {"Tags": []}), (emr.remove_tags, {"TagKeys": []})):
        assert refusal(call, ResourceId=UNKNOWN, **more) == invalid(f"Cluster id '{UNKNOWN}' is not valid.")
        assert refusal(call, ResourceId="es-1", **more) == validation("clusterId 'es-1' is not valid.")
    endpoint.move(cluster_id, "TERMINATED")
    ended = invalid("Tags cannot be modified on terminated clusters.")
    assert refusal(emr.add_tags, ResourceId=cluster_id, Tags=[{"Key": "k"}]) == ended
    assert refusal(emr.remove_tags, ResourceId=cluster_id, TagKeys=["a"]) == ended
    assert tags(emr, cluster_id) == {"a": "1"}
    assert endpoint.woken == []
