"""The root of the errors that calls are answered with, and those that every service has.

    AwsError
    ├── SerializationException       the request cannot be read
    ├── ValidationException          the request breaks a constraint of the service's model
    ├── UnknownOperationException    there is no such operation
    ├── InternalFailure              a fault of LocalEMR
    ├── EmrError                     EMR's own (domain/model/errors.py)
    └── GlueError                    Glue's own (glue/errors.py)

The class's name is the error's type on the wire.
"""

from __future__ import annotations

from collections.abc import Container
from typing import ClassVar


class AwsError(Exception):
    """An error that the caller receives: an HTTP status, a message, and for some an error code."""

    status: ClassVar[int] = 400
    other_names: ClassVar[tuple[str, ...]] = ()
    """Names under which some operations declare the same error."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code

    def name(self, declared: Container[str] = ()) -> str:
        """The error's type for an operation that declares these errors."""
        own = type(self).__name__
        return next((each for each in (own, *self.other_names) if each in declared), own)


class SerializationException(AwsError):
    """The request is not in the protocol's form, or a value has the wrong type."""


class ValidationException(AwsError):
    """The request breaks a constraint of the service's model."""


class UnknownOperationException(AwsError):
    """The operation does not exist or is not served."""

    status = 404


class InternalFailure(AwsError):
    """A fault of LocalEMR; the controller's log has it."""

    status = 500
