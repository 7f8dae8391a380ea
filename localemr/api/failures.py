"""The one place where an exception becomes an answer."""

from __future__ import annotations

import logging

from localemr.api import sts, wire
from localemr.api.calls import Reply, new_request_id
from localemr.api.model import EMR
from localemr.domain.model.errors import EmrError, InternalServerException
from localemr.store import StoreFailure

_log = logging.getLogger(__name__)


def failure(operation: str | None, error: Exception, sts_call: bool = False, service: str = EMR) -> Reply:
    """What is answered for an error of a service's operation; what nobody foresaw is logged and not shown."""
    if isinstance(error, StoreFailure):
        _log.error("%s: nothing was stored: %s", operation, error)
        error = InternalServerException(f"Nothing was stored: {error}")
    if not isinstance(error, EmrError):
        _log.error("%s failed", operation, exc_info=error)
        error = wire.InternalFailure("An internal error occurred; the controller's log has the details.")
    if sts_call:
        request_id = new_request_id()
        text = sts.error(type(error).__name__, error.message, request_id)
        return Reply(error.status, text.encode(), content_type=sts.CONTENT_TYPE, request_id=request_id)
    if service == EMR:
        error = wire.as_declared(operation, error)
    return Reply(error.status, wire.render_error(error), type(error).__name__)
