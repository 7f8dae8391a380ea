"""The errors of Glue's API. The class's name is the error's type on the wire; texts as Glue's."""

from __future__ import annotations

from localemr.aws.errors import AwsError


class GlueError(AwsError):
    """An error of Glue's."""


class EntityNotFoundException(GlueError):
    """There is no such database, table, version, partition or function."""


class AlreadyExistsException(GlueError):
    """There is one of that name."""


class InvalidInputException(GlueError):
    """What the service model cannot know to be wrong."""


class ConcurrentModificationException(GlueError):
    """The table is no longer in the version that the caller has seen."""


class ResourceNumberLimitExceededException(GlueError):
    """There may be no more of these."""


class OperationNotOfferedException(GlueError):
    """An operation of AWS Glue that LocalEMR does not have: all that is not of the catalog."""


class InternalServiceException(GlueError):
    """The catalog could not be reached, or failed; nothing was changed."""

    status = 500
