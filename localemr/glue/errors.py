"""The errors of Glue's API. The class's name is the error's type on the wire; texts as Glue's."""

from __future__ import annotations

from localemr.domain.model.errors import EmrError


class EntityNotFoundException(EmrError):
    """There is no such database, table, version, partition or function."""


class AlreadyExistsException(EmrError):
    """There is one of that name."""


class InvalidInputException(EmrError):
    """What the service model cannot know to be wrong."""


class ConcurrentModificationException(EmrError):
    """The table is no longer in the version that the caller has seen."""


class ResourceNumberLimitExceededException(EmrError):
    """There may be no more of these."""


class OperationNotOfferedException(EmrError):
    """An operation of AWS Glue that LocalEMR does not have: all that is not of the catalog."""


class InternalServiceException(EmrError):
    """The catalog could not be asked, or did not do it; nothing was changed."""

    status = 500
