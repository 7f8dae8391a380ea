"""Tags of clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from localemr.domain.errors import InvalidRequestException
from localemr.domain.records import Cluster
from localemr.domain.states import ENDED
from localemr.domain.tags import read_tags
from localemr.operations.lookup import by_cluster_id
from localemr.operations.registry import Context, Request, Response, operation


@operation("AddTags")
def add_tags(context: Context, request: Request) -> Response:
    """Add tags to a cluster; a key that is there gets the new value."""
    cluster = _taggable(context, request)
    _store(context, cluster, {**cluster.spec.tags, **read_tags(request["Tags"], InvalidRequestException)})
    return {}


@operation("RemoveTags")
def remove_tags(context: Context, request: Request) -> Response:
    """Remove tags from a cluster by key; keys that are not there do not matter."""
    cluster = _taggable(context, request)
    gone = set(request["TagKeys"])
    _store(context, cluster, {key: value for key, value in cluster.spec.tags.items() if key not in gone})
    return {}


def _taggable(context: Context, request: Request) -> Cluster:
    cluster = by_cluster_id(context, request["ResourceId"])
    if cluster.status.state in ENDED:
        raise InvalidRequestException("Tags cannot be modified on terminated clusters.")
    return cluster


def _store(context: Context, cluster: Cluster, tags: Mapping[str, str]) -> None:
    if tags != cluster.spec.tags:
        context.store.set_cluster_spec(cluster.id, replace(cluster.spec, tags=tags))
        context.wake(cluster.id)
