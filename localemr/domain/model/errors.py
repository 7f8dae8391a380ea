"""The errors that a caller of the EMR API can cause, as one small tree.

    EmrError
    ├── ValidationException        old operations' bad input, and malformed ids (not in the service model)
    ├── InvalidRequestException    new operations' bad input; carries ErrorCode
    ├── InternalServerException    LocalEMR could not do it; nothing was accepted
    └── UnknownOperationException  an operation that is not served

Source of names and texts: EMR's error catalogue (docs/operations.md names the texts by operation).
"""

from __future__ import annotations


class EmrError(Exception):
    """An error that the API answers; the class's name is the error's type on the wire."""

    status = 400

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class ValidationException(EmrError):
    """Bad input to RunJobFlow, AddJobFlowSteps, Add- and ModifyInstanceGroups, TerminateJobFlows, DescribeJobFlows,
    Set*, and to the operations on policies; malformed ids everywhere."""


class InvalidRequestException(EmrError):
    """Bad input to every operation but those of ValidationException."""


class InternalServerException(EmrError):
    """The request was right, but could not be carried out or stored."""

    status = 500


class UnknownOperationException(EmrError):
    """The operation does not exist or is not served."""

    status = 404
