"""Errors of services that older clients call in the query protocol: newer protocols report the query protocol's code
beside the name (Smithy's trait awsQueryCompatible)."""

from __future__ import annotations

from collections.abc import Mapping

from localemr.api.model import declared_errors
from localemr.api.model import service as model_of
from localemr.aws.errors import AwsError, SerializationException, UnknownOperationException, ValidationException

OWN_NAMES: dict[type[AwsError], str] = {
    UnknownOperationException: "InvalidAction",
    ValidationException: "ValidationError",
    SerializationException: "MalformedInput",
}
"""Errors with other names in the query protocol; all have status 400 there."""


def query_code(error: AwsError, service: str, operation: str | None) -> str:
    """The error's code in the query protocol."""
    declared = declared_errors(service, operation)
    name = error.name(declared)
    return OWN_NAMES.get(type(error)) or declared.get(name, name)


def query_error(error: AwsError, service: str, operation: str | None) -> Mapping[str, str]:
    """The header with the code, for a service that is compatible; otherwise none."""
    if not service or "awsQueryCompatible" not in model_of(service).metadata:
        return {}
    fault = "Receiver" if error.status >= 500 else "Sender"
    return {"x-amzn-query-error": f"{query_code(error, service, operation)};{fault}"}
