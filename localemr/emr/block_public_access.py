"""Block public access: one configuration a region."""

from __future__ import annotations

from typing import Any

from localemr.domain.model.errors import InvalidRequestException
from localemr.domain.model.names import partition
from localemr.emr.registry import Context, Effect, Request, Response, operation
from localemr.store import Resource

KIND = "block-public-access"
"""The region is the key."""

DEFAULT = {
    "BlockPublicSecurityGroupRules": True,
    "PermittedPublicSecurityGroupRuleRanges": [{"MinRange": 22, "MaxRange": 22}],
}
"""What EMR gives to accounts made since July 2019."""

DEFAULT_SINCE = 1_561_939_200.0
"""2019-07-01: the model requires a time, and the default was not set by a user."""


@operation("GetBlockPublicAccessConfiguration", Effect.AWS_ONLY)
def get_block_public_access_configuration(context: Context, request: Request) -> Response:
    """The configuration of this region.

    Else EMR's default: blocked but for port 22, since 2019-07-01.
    """
    found = context.store.resources.get(KIND, context.region)
    return found.document if found else _document(context, DEFAULT, DEFAULT_SINCE)


@operation("PutBlockPublicAccessConfiguration", Effect.AWS_ONLY)
def put_block_public_access_configuration(context: Context, request: Request) -> Response:
    """Store the configuration of this region.

    No effect: there are no security groups. `CreatedByArn` is always the account's root.
    """
    requested = request["BlockPublicAccessConfiguration"]
    ranges = requested.get("PermittedPublicSecurityGroupRuleRanges", [])
    for each in ranges:
        least, most = each["MinRange"], each.get("MaxRange", each["MinRange"])
        if least > most:
            raise InvalidRequestException(f"Invalid port range: MinRange {least} is greater than MaxRange {most}.")
    now = context.now()
    kept = {**requested, "PermittedPublicSecurityGroupRuleRanges": ranges}
    context.store.resources.put(KIND, Resource(context.region, now, _document(context, kept, now)))
    return {}


def _document(context: Context, configuration: Any, at: float) -> dict[str, Any]:
    """GetBlockPublicAccessConfiguration's answer. Every caller is the account's root."""
    return {
        "BlockPublicAccessConfiguration": configuration,
        "BlockPublicAccessConfigurationMetadata": {
            "CreationDateTime": at,
            "CreatedByArn": f"arn:{partition(context.region)}:iam::{context.account}:root",
        },
    }
