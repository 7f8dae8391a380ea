"""A request's document, along the shape of its operation in botocore's model."""

from __future__ import annotations

from typing import Any

from localemr.api.constraints import check
from localemr.api.model import operation_model
from localemr.api.shapes import misplaced, reader
from localemr.aws.errors import SerializationException


def read_request(service: str, operation: str, document: Any) -> dict[str, Any]:
    """The members of the decoded document. Raises SerializationException for values of a wrong type, and
    ValidationException for violated constraints of the model (EMR's text)."""
    shape = operation_model(service, operation).input_shape
    if not isinstance(document, dict):
        raise SerializationException(misplaced(document, "structure or map"))
    if shape is None:
        return {}
    request: dict[str, Any] = reader(shape)(document)
    check(shape, request)
    return request
