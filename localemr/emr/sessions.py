"""Spark Connect sessions: EMR offers them on the labels emr-spark-8, of which LocalEMR has none, so all calls are
refused.

Ids are checked first, with the usual errors.
"""

from __future__ import annotations

from typing import NoReturn

from localemr.domain.model import ids
from localemr.domain.model.errors import InvalidRequestException
from localemr.emr.lookup import by_cluster_id, check_id
from localemr.emr.registry import Context, Effect, Request, operation

FIRST_RELEASE = "emr-spark-8.0.0"


def refuse(context: Context, request: Request) -> NoReturn:
    """Refused, as on EMR: no release here has Spark Connect sessions.

    They need emr-spark-8.0.0 or later.
    """
    cluster = by_cluster_id(context, request["ClusterId"])
    if "SessionId" in request:
        check_id(ids.SESSION, "sessionId", request["SessionId"])
    raise InvalidRequestException(
        f"Sessions are not supported on release label {cluster.spec.release_label}. Supported from {FIRST_RELEASE} on."
    )


for _name in ("StartSession", "GetSession", "GetSessionEndpoint", "ListSessions", "TerminateSession"):
    operation(_name, Effect.STATEFUL)(refuse)
