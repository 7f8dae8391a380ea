"""Session mappings: which users and groups of IAM Identity Center may use a studio, and what they may do in it.

Identities are stored as named in the request: no Identity Center relates names to ids.
"""

from __future__ import annotations

from dataclasses import replace

from localemr.domain.model.errors import InvalidRequestException
from localemr.emr.lookup import by_key
from localemr.emr.paging import newest_first
from localemr.emr.registry import Context, Effect, Request, Response, operation
from localemr.emr.studios import MAPPING, SSO, by_studio_id
from localemr.store import Resource

UNKNOWN = "Studio session mapping does not exist."
"""Terraform looks for these words."""


@operation("CreateStudioSessionMapping", Effect.AWS_ONLY)
def create_studio_session_mapping(context: Context, request: Request) -> Response:
    """Let a user or group use a studio of AuthMode SSO.

    The identity is stored as named in the request: no Identity Center relates names to ids.
    """
    studio = by_studio_id(context, request["StudioId"])
    key = _key(request)
    _check_policy(request)
    if studio.document["AuthMode"] != SSO:
        raise InvalidRequestException("Session mappings can only be created for a Studio whose AuthMode is SSO.")
    if context.store.resources.get(MAPPING, key) is not None:
        raise InvalidRequestException("Studio session mapping already exists.")
    now = context.now()
    context.store.resources.put(MAPPING, Resource(key, now, {**request, "LastModifiedTime": now}))
    return None


@operation("GetStudioSessionMapping", Effect.AWS_ONLY)
def get_studio_session_mapping(context: Context, request: Request) -> Response:
    """A session mapping in full."""
    return {"SessionMapping": _view(_mapping(context, request))}


@operation("ListStudioSessionMappings", Effect.AWS_ONLY)
def list_studio_session_mappings(context: Context, request: Request) -> Response:
    """Session mappings, newest first, 50 a page, by studio and type."""
    filters = {name: request[name] for name in ("StudioId", "IdentityType") if name in request}
    if "StudioId" in filters:
        by_studio_id(context, filters["StudioId"])
    found = [each for each in context.store.resources.all(MAPPING) if filters.items() <= each.document.items()]
    shown, marker = newest_first("ListStudioSessionMappings", found, request.get("Marker"))
    return {"SessionMappings": [_view(each) for each in shown], "Marker": marker}


@operation("UpdateStudioSessionMapping", Effect.AWS_ONLY)
def update_studio_session_mapping(context: Context, request: Request) -> Response:
    """Replace the session policy of a user or group."""
    mapping = _mapping(context, request)
    _check_policy(request)
    changes = {"SessionPolicyArn": request["SessionPolicyArn"], "LastModifiedTime": context.now()}
    context.store.resources.put(MAPPING, replace(mapping, document={**mapping.document, **changes}))
    return None


@operation("DeleteStudioSessionMapping", Effect.AWS_ONLY)
def delete_studio_session_mapping(context: Context, request: Request) -> Response:
    """Remove a user's or group's access to a studio."""
    context.store.resources.delete(MAPPING, _mapping(context, request).id)
    return None


def _mapping(context: Context, request: Request) -> Resource:
    by_studio_id(context, request["StudioId"])
    return by_key(context, MAPPING, _key(request), UNKNOWN)


def _key(request: Request) -> str:
    """The key of the mapping that a request names. Raises InvalidRequestException unless it names one identity."""
    given = [name for name in ("IdentityId", "IdentityName") if request.get(name, "").strip()]
    if len(given) != 1:
        raise InvalidRequestException("Exactly one of IdentityId and IdentityName must be specified.")
    return "/".join((request["StudioId"], request["IdentityType"], given[0], request[given[0]]))


def _check_policy(request: Request) -> None:
    if not request["SessionPolicyArn"].startswith("arn:"):
        raise InvalidRequestException(f"SessionPolicyArn '{request['SessionPolicyArn']}' is not valid.")


def _view(mapping: Resource) -> dict[str, object]:
    return {**mapping.document, "CreationTime": mapping.created}
