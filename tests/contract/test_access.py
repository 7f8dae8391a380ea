"""Signatures, as botocore makes them and as no client should; STS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localemr.api.access import Access
from tests.contract.endpoint import Endpoint
from tests.contract.requests import refusal

V4 = "AWS4-HMAC-SHA256"
KEYS = {"ours": "a+secret/with=signs", "theirs": "another"}


@pytest.fixture
def guarded(make_endpoint: Callable[..., Endpoint]) -> Endpoint:
    return make_endpoint(access=Access(KEYS))


def client(endpoint: Endpoint, key: str, secret: str, service: str = "emr", token: str | None = None) -> Any:
    return endpoint.client(
        service=service, aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token
    )


def signed(endpoint: Endpoint, body: bytes = b"{}", at: datetime | None = None) -> dict[str, str]:
    """Headers of a signed ListClusters."""
    headers = {"X-Amz-Target": "ElasticMapReduce.ListClusters", "Content-Type": "application/x-amz-json-1.1"}
    request = AWSRequest("POST", f"{endpoint.url}/", headers, body)
    signer = SigV4Auth(Credentials("ours", KEYS["ours"]), "elasticmapreduce", "us-east-1")
    request.context["timestamp"] = (at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    signer._modify_request_before_signing(request)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(text, request))
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    return dict(request.headers.items())


@pytest.mark.parametrize("key", KEYS)
def test_what_botocore_signs_is_accepted(guarded: Endpoint, key: str) -> None:
    assert client(guarded, key, KEYS[key]).list_clusters()["Clusters"] == []
    assert client(guarded, key, KEYS[key], token="session").list_clusters()["Clusters"] == []


def test_wrong_keys(guarded: Endpoint) -> None:
    status, kind, message = refusal(client(guarded, "ours", KEYS["theirs"]).list_clusters)
    assert (status, kind) == (403, "InvalidSignatureException")
    assert message.startswith("The request signature we calculated does not match the signature you provided.")
    unknown = refusal(client(guarded, "nobody", "x").list_clusters)
    assert unknown == (403, "UnrecognizedClientException", "The security token included in the request is invalid.")


def test_the_helper_signs_rightly(guarded: Endpoint) -> None:
    assert guarded.post(None, b"{}", **signed(guarded))[0] == 200


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"Authorization": None}, "MissingAuthenticationTokenException"),
        ({"Authorization": "Basic eDp5"}, "IncompleteSignatureException"),
        ({"Authorization": f"{V4} Credential=ours/x, Signature=1, SignedHeaders=host"}, "IncompleteSignatureException"),
        ({"Authorization": f"{V4} Credential=ours/20260101/r/s/aws4_request"}, "IncompleteSignatureException"),
        ({"X-Amz-Date": None}, "IncompleteSignatureException"),
        ({"X-Amz-Date": "yesterday"}, "IncompleteSignatureException"),
        ({"X-Amz-Target": "ElasticMapReduce.TerminateJobFlows"}, "InvalidSignatureException"),
        ({"X-Amz-Content-SHA256": "0" * 64}, "InvalidSignatureException"),
    ],
)  # fmt: skip
def test_requests_that_were_changed(guarded: Endpoint, change: dict[str, str | None], kind: str) -> None:
    headers = {name: value for name, value in (signed(guarded) | change).items() if value is not None}
    status, answered, body = guarded.post(None, b"{}", **headers)
    assert (status, answered["x-amzn-errortype"], body["__type"]) == (403, kind, kind)


def test_a_body_that_was_changed(guarded: Endpoint) -> None:
    status, headers, _ = guarded.post(None, b'{"ClusterStates": []}', **signed(guarded))
    assert (status, headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")


def test_a_target_that_was_not_signed(guarded: Endpoint) -> None:
    headers = signed(guarded)
    headers["Authorization"] = headers["Authorization"].replace(";x-amz-target", "")
    status, _, body = guarded.post(None, b"{}", **headers)
    assert (status, body["message"]) == (403, "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.")


@pytest.mark.parametrize(("minutes", "ok"), [(-6, False), (-4, True), (4, True), (6, False)])
def test_clocks_may_differ_by_five_minutes(guarded: Endpoint, minutes: int, ok: bool) -> None:
    status, _, body = guarded.post(None, b"{}", **signed(guarded, at=datetime.now(UTC) + timedelta(minutes=minutes)))
    assert status == (200 if ok else 403)
    assert ok or body["message"].startswith("Signature expired" if minutes < 0 else "Signature not yet current")


def test_sts_tells_who_asks(endpoint: Endpoint) -> None:
    shown = client(endpoint, "anybody", "x", "sts").get_caller_identity()
    assert (shown["Account"], shown["UserId"]) == ("123456789012", "anybody")
    assert shown["Arn"] == "arn:aws:iam::123456789012:user/anybody"


def test_sts_checks_signatures_too(guarded: Endpoint) -> None:
    assert client(guarded, "theirs", KEYS["theirs"], "sts").get_caller_identity()["UserId"] == "theirs"
    assert refusal(client(guarded, "theirs", "x", "sts").get_caller_identity)[:2] == (403, "InvalidSignatureException")


def test_other_operations_of_sts_are_refused(endpoint: Endpoint) -> None:
    status, kind, message = refusal(client(endpoint, "a", "b", "sts").get_session_token)
    assert (status, kind) == (400, "InvalidAction")
    assert "GetSessionToken" in message
