"""botocore's service models: operations, and the shapes of their input and output."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

Shape = Any
"""A shape of botocore, which has no type hints: `type_name`, `members`, `required_members`, `metadata`, …"""


@cache
def service(name: str) -> ServiceModel:
    """The model of the service that botocore calls `name`, loaded once, without a session."""
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


@cache
def operations(name: str) -> frozenset[str]:
    """The names of all operations of a service's model."""
    return frozenset(service(name).operation_names)


@cache
def operation_model(service_name: str, operation: str) -> OperationModel:
    """The model's entry for an operation."""
    return service(service_name).operation_model(operation)


def declared_errors(service_name: str, operation: str | None) -> Mapping[str, str]:
    """The errors that the model declares for an operation (None: none) → their codes, which the query protocol uses
    instead of names."""
    return _declared_errors(service_name, operation) if operation else {}


@cache
def _declared_errors(service_name: str, operation: str) -> Mapping[str, str]:
    shapes = operation_model(service_name, operation).error_shapes
    return {shape.name: shape.metadata.get("error", {}).get("code", shape.name) for shape in shapes}
