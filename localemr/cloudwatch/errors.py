"""CloudWatch's own errors, under the codes that its clients read."""

from __future__ import annotations

from localemr.aws.errors import AwsError


class InvalidParameterValue(AwsError):
    """A value that the model permits and CloudWatch does not."""

    other_names = ("InvalidParameterValueException",)


class InvalidParameterCombination(AwsError):
    """Parameters that exclude each other, or ask for too much together."""

    other_names = ("InvalidParameterCombinationException",)


class MissingParameter(AwsError):
    """A parameter that the operation needs beside the model's required ones."""

    other_names = ("MissingRequiredParameterException",)


class InvalidNextToken(AwsError):
    """A NextToken that no answer had."""


class InvalidFormat(AwsError):
    """Data that is no JSON."""

    other_names = ("InvalidFormatFault",)


class ResourceNotFound(AwsError):
    """There is no such alarm."""

    status = 404
    other_names = ("ResourceNotFoundException",)


class InternalServiceError(AwsError):
    """The metrics could not be read or written."""

    status = 500
    other_names = ("InternalServiceFault",)
