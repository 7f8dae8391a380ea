"""Studios as stored records. No studio runs behind the URL."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from localemr.domain.accept.tags import read_tags
from localemr.domain.model import ids
from localemr.domain.model.errors import InvalidRequestException
from localemr.domain.model.names import emr_arn
from localemr.emr.lookup import by_key, check_id
from localemr.emr.paging import newest_first
from localemr.emr.registry import Context, Effect, Request, Response, operation
from localemr.emr.views import tag_list
from localemr.store import Resource

KIND = "studio"
MAPPING = "studio-session-mapping"
UNKNOWN = "Studio does not exist."
"""Terraform looks for these words."""

SSO = "SSO"
MAX_SUBNETS = 5
_FILLED = ("Name", "VpcId", "ServiceRole", "WorkspaceSecurityGroupId", "EngineSecurityGroupId")
_ONLY_SSO = ("UserRole", "TrustedIdentityPropagationEnabled", "IdcUserAssignment", "IdcInstanceArn")
_ONLY_IAM = ("IdpAuthUrl", "IdpRelayStateParameterName")
_S3_LOCATION = re.compile(r"s3://[^/\s]+(/.*)?")


def by_studio_id(context: Context, studio_id: str) -> Resource:
    """The studio. Raises ValidationException for a malformed id, InvalidRequestException for an unknown one."""
    check_id(ids.STUDIO, "studioId", studio_id)
    return by_key(context, KIND, studio_id, UNKNOWN)


@operation("CreateStudio", Effect.AWS_ONLY)
def create_studio(context: Context, request: Request) -> Response:
    """Store a new studio, with an id and a URL.

    No studio runs behind the URL; VPC, subnets, groups and roles may have any name. `UserRole`, `Idc…` and identity
    propagation with SSO only, `Idp…` with IAM only.
    """
    _check(request, _FILLED)
    _check_auth_mode(request)
    studio_id = ids.new_studio_id()
    document = {
        "TrustedIdentityPropagationEnabled": False,
        **request,
        "Tags": read_tags(request.get("Tags", ()), InvalidRequestException),
        "StudioArn": emr_arn("studio", studio_id, context.region, context.account),
        "Url": f"https://{studio_id}.emrstudio-prod.{context.region}.amazonaws.com",
    }
    context.store.resources.put(KIND, Resource(studio_id, context.now(), document))
    return {"StudioId": studio_id, "Url": document["Url"]}


@operation("DescribeStudio", Effect.AWS_ONLY)
def describe_studio(context: Context, request: Request) -> Response:
    """A studio in full.

    Studios of all regions are found.
    """
    return {"Studio": _view(by_studio_id(context, request["StudioId"]))}


@operation("ListStudios", Effect.AWS_ONLY)
def list_studios(context: Context, request: Request) -> Response:
    """Summaries of all studios, newest first, 50 a page.

    Of all regions, as clusters.
    """
    shown, marker = newest_first("ListStudios", context.store.resources.all(KIND), request.get("Marker"))
    return {"Studios": [_view(each) for each in shown], "Marker": marker}


@operation("UpdateStudio", Effect.AWS_ONLY)
def update_studio(context: Context, request: Request) -> Response:
    """Change a studio's name, description, location, key, subnets.

    Subnets can be added, not removed (source: the service model).
    """
    studio = by_studio_id(context, request["StudioId"])
    changes = {name: value for name, value in request.items() if name != "StudioId"}
    _check(changes, ("Name",))
    if not set(studio.document["SubnetIds"]) <= set(changes.get("SubnetIds", studio.document["SubnetIds"])):
        raise InvalidRequestException("SubnetIds must include all subnets that the Studio already has.")
    context.store.resources.put(KIND, replace(studio, document={**studio.document, **changes}))
    return None


@operation("DeleteStudio", Effect.AWS_ONLY)
def delete_studio(context: Context, request: Request) -> Response:
    """Delete a studio and its session mappings."""
    studio = by_studio_id(context, request["StudioId"])
    for mapping in context.store.resources.all(MAPPING):
        if mapping.document["StudioId"] == studio.id:
            context.store.resources.delete(MAPPING, mapping.id)
    context.store.resources.delete(KIND, studio.id)
    return None


def _view(studio: Resource) -> dict[str, Any]:
    """A Studio; lists return the members that the model has for them."""
    return {
        **studio.document,
        "StudioId": studio.id,
        "CreationTime": studio.created,
        "Tags": tag_list(studio.document["Tags"]),
    }


def _check(members: Mapping[str, Any], filled: Sequence[str]) -> None:
    """Raise InvalidRequestException for present members with impossible values."""
    for name in filled:
        if not members.get(name, "-").strip():
            raise InvalidRequestException(f"{name} must not be empty.")
    subnets = members.get("SubnetIds", ["-"])
    if not 1 <= len(subnets) <= MAX_SUBNETS or not all(each.strip() for each in subnets):
        raise InvalidRequestException(f"A Studio must have between 1 and {MAX_SUBNETS} subnets.")
    if len(set(subnets)) < len(subnets):
        raise InvalidRequestException("SubnetIds must not contain duplicates.")
    location = members.get("DefaultS3Location")
    if location is not None and not _S3_LOCATION.fullmatch(location):
        raise InvalidRequestException(
            f"DefaultS3Location '{location}' is not valid. It must have the form s3://bucket/."
        )


def _check_auth_mode(request: Request) -> None:
    """Each mode has its own members. Users of Identity Center need a role, unless their identity is propagated."""
    mode = request["AuthMode"]
    for name in _ONLY_IAM if mode == SSO else _ONLY_SSO:
        if request.get(name):
            raise InvalidRequestException(f"{name} cannot be specified when AuthMode is {mode}.")
    if mode == SSO and not request.get("UserRole") and not request.get("TrustedIdentityPropagationEnabled"):
        raise InvalidRequestException("UserRole must be specified when AuthMode is SSO.")
