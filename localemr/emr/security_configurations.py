"""Security configurations: named JSON documents. Names are unique within a region."""

from __future__ import annotations

from typing import Any

from localemr.domain.accept.documents import json_object
from localemr.domain.model.errors import InvalidRequestException, ValidationException
from localemr.domain.model.records import Cluster
from localemr.emr.lookup import by_key
from localemr.emr.paging import newest_first
from localemr.emr.registry import Context, Effect, Request, Response, operation
from localemr.store import Resource

ROLE_REQUIRED = (
    "Runtime roles are required for this cluster. Please specify the role using the ExecutionRoleArn parameter."
)
ROLE_NOT_SUPPORTED = "Runtime roles are not supported on this cluster."
RUNTIME_ROLES = ("AuthorizationConfiguration", "IAMConfiguration", "EnableApplicationScopedIAMRole")
_NEEDED = {
    "EnableInTransitEncryption": "InTransitEncryptionConfiguration",
    "EnableAtRestEncryption": "AtRestEncryptionConfiguration",
}


def kind(region: str) -> str:
    """The resource kind of a region's security configurations in the store; names are the keys."""
    return f"security-configuration/{region}"


def check_known(context: Context, name: str | None) -> None:
    """Raise ValidationException, as RunJobFlow does, for a name that no security configuration of the region has."""
    if name is not None and context.store.resources.get(kind(context.region), name) is None:
        raise ValidationException(f"Security configuration with name '{name}' does not exist.")


def runtime_roles_enabled(context: Context, cluster: Cluster) -> bool:
    """Whether the cluster's security configuration, if any, enables a separate IAM role for a job."""
    name = cluster.spec.echo.get("SecurityConfiguration")
    found = context.store.resources.get(kind(cluster.spec.region), name) if name else None
    value: Any = json_object(found.document["SecurityConfiguration"]) if found else None
    for key in RUNTIME_ROLES:
        value = value.get(key) if isinstance(value, dict) else None
    return value is True


def check_runtime_role(context: Context, cluster: Cluster, role: str | None) -> None:
    """Raise ValidationException for steps with a role on a cluster without runtime roles, and the other way round."""
    enabled = runtime_roles_enabled(context, cluster)
    if enabled and role is None:
        raise ValidationException(ROLE_REQUIRED)
    if role is not None and not enabled:
        # Of EMR's text only the beginning of the second sentence is known.
        raise ValidationException(f"{ROLE_NOT_SUPPORTED} Please remove the ExecutionRoleArn parameter.")


@operation("CreateSecurityConfiguration", Effect.STATEFUL)
def create_security_configuration(context: Context, request: Request) -> Response:
    """Store a JSON document under a new name.

    Names are unique in a region. The document has to be a JSON object, and enabled encryption needs its block. Other
    members are not checked, and nothing is encrypted.
    """
    name, text = request["Name"], request["SecurityConfiguration"]
    if not name.strip():
        raise InvalidRequestException("The name of a security configuration must not be empty.")
    _check(text)
    if context.store.resources.get(kind(context.region), name) is not None:
        raise InvalidRequestException(f"Security configuration with name '{name}' already exists.")
    made = Resource(name, context.now(), {"SecurityConfiguration": text})
    context.store.resources.put(kind(context.region), made)
    return _view(made)


@operation("DescribeSecurityConfiguration", Effect.STATEFUL)
def describe_security_configuration(context: Context, request: Request) -> Response:
    """The document as it was sent, with its time."""
    return _view(_by_name(context, request["Name"]))


@operation("ListSecurityConfigurations", Effect.STATEFUL)
def list_security_configurations(context: Context, request: Request) -> Response:
    """Names and times of the region, newest first, 50 a page."""
    found = context.store.resources.all(kind(context.region))
    shown, marker = newest_first("ListSecurityConfigurations", found, request.get("Marker"))
    return {"SecurityConfigurations": [_view(each) for each in shown], "Marker": marker}


@operation("DeleteSecurityConfiguration", Effect.STATEFUL)
def delete_security_configuration(context: Context, request: Request) -> Response:
    """Delete the document.

    Clusters that name it do not prevent this and continue to run.
    """
    found = _by_name(context, request["Name"])
    context.store.resources.delete(kind(context.region), found.id)
    return {}


def _by_name(context: Context, name: str) -> Resource:
    return by_key(context, kind(context.region), name, f"Security configuration with name '{name}' does not exist.")


def _view(found: Resource) -> dict[str, Any]:
    return {"Name": found.id, "CreationDateTime": found.created, **found.document}


def _check(text: str) -> None:
    """Raise InvalidRequestException unless the text is a JSON object in which enabled encryption has its block."""
    document = json_object(text)
    if document is None:
        raise InvalidRequestException("The security configuration must be a valid JSON object.")
    encryption = document.get("EncryptionConfiguration", dict.fromkeys(_NEEDED, False))
    if not isinstance(encryption, dict):
        raise InvalidRequestException("EncryptionConfiguration must be a JSON object.")
    for flag, block in _NEEDED.items():
        if not isinstance(encryption.get(flag), bool):
            raise InvalidRequestException(f"EncryptionConfiguration must contain {flag}, which is true or false.")
        if encryption[flag] and not isinstance(encryption.get(block), dict):
            raise InvalidRequestException(f"{block} must be specified when {flag} is true.")
