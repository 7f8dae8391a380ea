"""Spark Connect sessions: EMR offers them on the labels emr-spark-8. LocalEMR does not have them, so all calls are
refused.

Ids are checked first, with the usual errors.
"""

from __future__ import annotations

from typing import NoReturn

from localemr.domain.model import ids
from localemr.domain.model.errors import InvalidRequestException
from localemr.emr.lookup import by_cluster_id, check_id
from localemr.emr.registry import Context, Effect, Request, Response, operation

FIRST_RELEASE = "emr-spark-8.0.0"


@operation("StartSession", Effect.STATEFUL)
def start_session(context: Context, request: Request) -> Response:
    """Refused: LocalEMR does not have Spark Connect sessions.

    On EMR they need emr-spark-8.0.0 or later.
    """
    _refuse(context, request)


@operation("GetSession", Effect.STATEFUL)
def get_session(context: Context, request: Request) -> Response:
    """Refused: LocalEMR does not have Spark Connect sessions.

    On EMR they need emr-spark-8.0.0 or later.
    """
    _refuse(context, request)


@operation("GetSessionEndpoint", Effect.STATEFUL)
def get_session_endpoint(context: Context, request: Request) -> Response:
    """Refused: LocalEMR does not have Spark Connect sessions.

    On EMR they need emr-spark-8.0.0 or later.
    """
    _refuse(context, request)


@operation("ListSessions", Effect.STATEFUL)
def list_sessions(context: Context, request: Request) -> Response:
    """Refused: LocalEMR does not have Spark Connect sessions.

    On EMR they need emr-spark-8.0.0 or later.
    """
    _refuse(context, request)


@operation("TerminateSession", Effect.STATEFUL)
def terminate_session(context: Context, request: Request) -> Response:
    """Refused: LocalEMR does not have Spark Connect sessions.

    On EMR they need emr-spark-8.0.0 or later.
    """
    _refuse(context, request)


def _refuse(context: Context, request: Request) -> NoReturn:
    cluster = by_cluster_id(context, request["ClusterId"])
    if "SessionId" in request:
        check_id(ids.SESSION, "sessionId", request["SessionId"])
    release = context.catalog.releases.get(cluster.spec.release_label)
    if release and release.has("sessions"):
        raise InvalidRequestException("LocalEMR does not have Spark Connect sessions.")
    raise InvalidRequestException(
        f"Sessions are not supported on release label {cluster.spec.release_label}. Supported from {FIRST_RELEASE} on."
    )
