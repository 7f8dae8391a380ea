"""The protocols of AWS's services, one module each. A new one is a module and a line here."""

from __future__ import annotations

from typing import Any, Protocol

from localemr.api import json11, query, rpc_cbor
from localemr.api.calls import Call, Reply
from localemr.aws.errors import AwsError


class WireProtocol(Protocol):
    """The functions of a protocol's module. `service` is a service's name in botocore, whose model has the shapes."""

    PATH: str
    """The path of its calls, in starlette's notation."""

    def named(self, call: Call) -> str | None:
        """The service's key in the call (see `Service.names`); None: it is no call of this protocol. Without a body,
        which may be read later, only the key may be wrong."""

    def missing(self, call: Call) -> AwsError:
        """The error for a call that names no service."""

    def operation(self, service: str, call: Call) -> str:
        """The operation that is called. Raises an AwsError for an operation that is not in the model."""

    def parse(self, service: str, operation: str, call: Call) -> dict[str, Any]:
        """The operation's input, in plain values: timestamps are epoch seconds; null and unknown members are
        absent. Raises SerializationException or ValidationException, or errors of the protocol's own."""

    def render(self, service: str, operation: str, response: Any) -> Reply:
        """The reply: `response` in the output shape. Members that are None, or unknown to the model, are left out."""

    def render_error(self, error: AwsError, service: str, operation: str | None) -> Reply:
        """The reply for an error of an operation (None: unknown operation), as the operation declares it."""


PROTOCOLS: dict[str, WireProtocol] = {"smithy-rpc-v2-cbor": rpc_cbor, "query": query, "json": json11}
"""Protocols by botocore's names, in the order of detection."""
