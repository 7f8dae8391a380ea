"""Tags of clusters, studios and notebook executions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from localemr.domain.accept.tags import check_count, read_tags
from localemr.domain.model import ids
from localemr.domain.model.errors import InvalidRequestException
from localemr.domain.model.records import Cluster
from localemr.domain.model.states import ENDED
from localemr.emr import notebooks, studios
from localemr.emr.lookup import by_cluster_id
from localemr.emr.registry import Context, Effect, Request, Response, operation
from localemr.store import Resource

Tags = Mapping[str, str]


@operation("AddTags", Effect.STATEFUL)
def add_tags(context: Context, request: Request) -> Response:
    """Add tags to the resource with this id. The value of an existing key is replaced.

    At most 50 tags. Resources are clusters until their end, studios and notebook executions.
    """
    error = InvalidRequestException
    _change(context, request, lambda tags: check_count({**tags, **read_tags(request["Tags"], error)}, error))
    return {}


@operation("RemoveTags", Effect.STATEFUL)
def remove_tags(context: Context, request: Request) -> Response:
    """Remove tags from the resource with this id by key; unknown keys are ignored.

    Resources are clusters until their end, studios and notebook executions.
    """
    gone = set(request["TagKeys"])
    _change(context, request, lambda tags: {key: value for key, value in tags.items() if key not in gone})
    return {}


def _change(context: Context, request: Request, change: Callable[[Tags], Tags]) -> None:
    """Change the tags of the resource with this id. An id of unknown form is treated as a cluster's, as in EMR's
    errors."""
    resource_id = request["ResourceId"]
    if ids.STUDIO.fullmatch(resource_id):
        _change_resource(context, studios.KIND, studios.by_studio_id(context, resource_id), change)
    elif ids.NOTEBOOK_EXECUTION.fullmatch(resource_id):
        _change_resource(context, notebooks.KIND, notebooks.by_execution_id(context, resource_id), change)
    else:
        _change_cluster(context, by_cluster_id(context, resource_id), change)


def _change_resource(context: Context, kind: str, resource: Resource, change: Callable[[Tags], Tags]) -> None:
    document = {**resource.document, "Tags": change(resource.document["Tags"])}
    if document != resource.document:
        context.store.resources.put(kind, replace(resource, document=document))


def _change_cluster(context: Context, cluster: Cluster, change: Callable[[Tags], Tags]) -> None:
    if cluster.status.state in ENDED:
        raise InvalidRequestException("Tags cannot be modified on terminated clusters.")
    tags = change(cluster.spec.tags)
    if tags != cluster.spec.tags:
        context.store.set_cluster_spec(cluster.id, replace(cluster.spec, tags=tags))
        context.wake(cluster.id)
