"""Responses to refused requests, in the format of the route's clients."""

from __future__ import annotations

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

FORM = "application/x-www-form-urlencoded"
AWS_JSON = "application/x-amz-json-1.1"
TIMEOUT = 408


@dataclass
class Refusal(Exception):
    """HTTP status, an error name in AWS's style, and a message."""

    status: int
    name: str
    message: str

    def for_api(self, content_type: str) -> tuple[bytes, str]:
        """Body and content type for AWS's clients: JSON, or XML for clients that send forms."""
        if content_type.startswith(FORM):
            error = f"<Type>Sender</Type><Code>{self.name}</Code><Message>{escape(self.message)}</Message>"
            return f"<ErrorResponse><Error>{error}</Error></ErrorResponse>".encode(), "text/xml"
        return json.dumps({"__type": self.name, "message": self.message}).encode(), AWS_JSON

    def for_programs(self, content_type: str) -> tuple[bytes, str]:
        """As JSON with a `detail`."""
        return json.dumps({"detail": self.message}).encode(), "application/json"

    def for_people(self, content_type: str) -> tuple[bytes, str]:
        """As plain text."""
        return self.message.encode(), "text/plain; charset=utf-8"


def foreign_host(netloc: str) -> Refusal:
    """The Host header is not one of the controller's names."""
    message = (
        f"The controller does not serve the host {netloc[:100]!r}. Add its name to LOCALEMR_ALLOWED_HOSTS "
        "if it is a name of this controller."
    )
    return Refusal(403, "HostNotAllowedException", message)


def no_instance() -> Refusal:
    """A caller that is no instance uses the address for instances."""
    return Refusal(403, "HostNotAllowedException", "This address is for the instances of clusters alone.")


def malformed(message: str) -> Refusal:
    """The request is not valid HTTP."""
    return Refusal(400, "BadRequestException", message)


def foreign_origin(origin: str) -> Refusal:
    """The request is from a web page of another site."""
    return Refusal(
        403, "OriginNotAllowedException", f"Requests from pages of another site are refused: {origin[:100]}."
    )


def wrong_type(content_type: str, accepted: tuple[str, ...]) -> Refusal:
    """The route does not accept the body's content type."""
    found = content_type[:100] or "none"
    expected = f"expected {', '.join(accepted)}" if accepted else "text/plain is not accepted"
    return Refusal(415, "UnsupportedMediaTypeException", f"Content-Type: {found}; {expected}.")


def too_large(most: int) -> Refusal:
    """The body is longer than `most` bytes."""
    return Refusal(413, "RequestEntityTooLargeException", f"The request is longer than {most} bytes.")


def too_slow(seconds: float) -> Refusal:
    """The body was not complete in time."""
    return Refusal(TIMEOUT, "RequestTimeoutException", f"The request did not come within {seconds:g} seconds.")
