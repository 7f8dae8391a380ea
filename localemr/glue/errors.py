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
    """The request is invalid in a way that the service model does not describe."""


class ConcurrentModificationException(GlueError):
    """The table's version is not the one that the request names."""


class ResourceNumberLimitExceededException(GlueError):
    """A limit on the number of objects is reached."""


class OperationNotOfferedException(GlueError):
    """An operation of AWS Glue outside the Data Catalog, which LocalEMR does not have."""


class InternalServiceException(GlueError):
    """The catalog could not be reached, or failed; nothing was changed."""

    status = 500
