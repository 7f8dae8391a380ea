"""The protocols of AWS's services, one module each. A new one is a module and a line here."""

from __future__ import annotations

from typing import Any, Protocol

from localemr.api import json11, query
from localemr.api.calls import Call, Reply
from localemr.aws.errors import AwsError


class WireProtocol(Protocol):
    """What a protocol's module has. `service` is always a service's name in botocore; its model has the shapes."""

    PATH: str
    """Where its calls go to, as starlette writes paths."""

    def named(self, call: Call) -> str | None:
        """What names the service in the call (see `Service.names`); None: it is no call of this protocol. The body may
        not be there yet: that decides the name alone, not whether it is one of this protocol."""

    def missing(self, call: Call) -> AwsError:
        """The error for a call that names no service."""

    def operation(self, service: str, call: Call) -> str:
        """The operation that is called. Raises an AwsError for one that the model does not have."""

    def parse(self, service: str, operation: str, call: Call) -> dict[str, Any]:
        """The operation's input, in plain values: timestamps are epoch seconds, what is null or unknown to the model is
        absent. Raises SerializationException or ValidationException, or errors of the protocol's own."""

    def render(self, service: str, operation: str, response: Any) -> Reply:
        """The answer: `response` along the output shape. Members that are None, or unknown to the model, are absent."""

    def render_error(self, error: AwsError, service: str, operation: str | None) -> Reply:
        """The answer for an error of an operation (None: it is not known which), as the operation declares it."""


PROTOCOLS: dict[str, WireProtocol] = {"query": query, "json": json11}
"""By botocore's names, in the order in which they are tried."""
