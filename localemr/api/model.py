"""botocore's service models: the operations of EMR and Glue, and the shapes of what they take and answer."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from localemr.domain.model.errors import UnknownOperationException

EMR, GLUE = "emr", "glue"
"""Services by their names in botocore."""
PREFIXES = {EMR: "ElasticMapReduce.", GLUE: "AWSGlue."}
"""How their operations begin in X-Amz-Target."""
Shape = Any
"""A shape of botocore, which has no type hints: `type_name`, `members`, `required_members`, `metadata`, …"""


@cache
def service(name: str = EMR) -> ServiceModel:
    """The service model, loaded once; no session, no credentials, no endpoint data."""
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


@cache
def _operations(name: str) -> frozenset[str]:
    return frozenset(service(name).operation_names)


def operation_of(target: str | None, service_name: str = EMR) -> str:
    """The operation of a service that an X-Amz-Target header names, such as `ElasticMapReduce.ListClusters`.

    Raises UnknownOperationException for one that the model does not know.
    """
    name = (target or "").removeprefix(PREFIXES[service_name])
    if name not in _operations(service_name):
        raise UnknownOperationException(f"Could not find operation {name or 'null'}")
    return name


@cache
def operation_model(operation: str, service_name: str = EMR) -> OperationModel:
    """The model's entry for an operation of the service's model."""
    return service(service_name).operation_model(operation)


@cache
def declared_errors(operation: str) -> frozenset[str]:
    """Names of the errors that the model declares for the operation of EMR."""
    return frozenset(shape.name for shape in operation_model(operation).error_shapes)
