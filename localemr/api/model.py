"""botocore's service model of EMR: the operations and the shapes of what they take and answer."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from localemr.domain.errors import UnknownOperationException

TARGET_PREFIX = "ElasticMapReduce."
Shape = Any
"""A shape of botocore, which has no type hints: `type_name`, `members`, `required_members`, `metadata`, …"""


@cache
def service() -> ServiceModel:
    """The service model, loaded once; no session, no credentials, no endpoint data."""
    return ServiceModel(Loader().load_service_model("emr", "service-2"), "emr")


@cache
def _operations() -> frozenset[str]:
    return frozenset(service().operation_names)


def operation_of(target: str | None) -> str:
    """The operation that an X-Amz-Target header names, such as `ElasticMapReduce.ListClusters`.

    Raises UnknownOperationException for one that the model does not know.
    """
    name = (target or "").removeprefix(TARGET_PREFIX)
    if name not in _operations():
        raise UnknownOperationException(f"Could not find operation {name or 'null'}")
    return name


@cache
def operation_model(operation: str) -> OperationModel:
    """The model's entry for an operation of the model."""
    return service().operation_model(operation)


@cache
def declared_errors(operation: str) -> frozenset[str]:
    """Names of the errors that the model declares for the operation."""
    return frozenset(shape.name for shape in operation_model(operation).error_shapes)
