"""EventBridge's own errors."""

from __future__ import annotations

from localemr.aws.errors import AwsError


class ResourceNotFoundException(AwsError):
    """There is no such rule or event bus."""


class InvalidEventPatternException(AwsError):
    """The pattern is none of EventBridge's."""


class InternalException(AwsError):
    """The rules could not be read or written."""

    status = 500
