"""Spark Connect sessions, which no emr-7 label offers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.endpoint import Endpoint
from tests.contract.requests import UNKNOWN, invalid, refusal, run, validation

SESSION = "is-" + "A" * 13


@pytest.mark.shows("emr", "StartSession", "GetSession", "GetSessionEndpoint", "ListSessions", "TerminateSession")
def test_they_are_refused(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    endpoint.move(cluster_id, "WAITING")
    unsupported = invalid("Sessions are not supported on release label emr-7.13.0. Supported from emr-spark-8.0.0 on.")
    for call in (emr.start_session, emr.list_sessions):
        assert refusal(call, ClusterId=cluster_id) == unsupported
        assert refusal(call, ClusterId=UNKNOWN) == invalid(f"Cluster id '{UNKNOWN}' is not valid.")
        assert refusal(call, ClusterId="x") == validation("clusterId 'x' is not valid.")
    for call in (emr.get_session, emr.get_session_endpoint, emr.terminate_session):
        assert refusal(call, ClusterId=cluster_id, SessionId=SESSION) == unsupported
        assert refusal(call, ClusterId=cluster_id, SessionId="x") == validation("sessionId 'x' is not valid.")
        assert refusal(call, ClusterId=UNKNOWN, SessionId=SESSION) == invalid(f"Cluster id '{UNKNOWN}' is not valid.")
