"""The errors that a caller of the EMR API can cause, as one small tree below AwsError.

    EmrError
    ├── ValidationException        old operations' bad input, and malformed ids (not in the service model)
    ├── InvalidRequestException    new operations' bad input; carries ErrorCode
    └── InternalServerException    LocalEMR could not do it; nothing was accepted

Source of names and texts: EMR's error catalogue (docs/operations.md names the texts by operation).
"""

from __future__ import annotations

from localemr.aws.errors import AwsError


class EmrError(AwsError):
    """An error of EMR's."""


class ValidationException(EmrError):
    """Bad input to RunJobFlow, AddJobFlowSteps, Add- and ModifyInstanceGroups, TerminateJobFlows, DescribeJobFlows,
    Set*, and to the operations on policies; malformed ids everywhere."""


class InvalidRequestException(EmrError):
    """Bad input to all other operations."""


class InternalServerException(EmrError):
    """The request was valid, but could not be carried out or stored. InternalServerError in old operations."""

    status = 500
    other_names = ("InternalServerError",)
