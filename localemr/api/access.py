"""Who may call: AWS Signature Version 4, checked when keys are set.

The calculation is botocore's own, over exactly the headers that the caller signed. Source of the rules and texts: AWS's
"Signature Version 4 signing process" and its common errors.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from localemr.api.calls import Call, fields
from localemr.aws.errors import AwsError

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = 300.0
"""Maximum difference to the caller's clock in seconds."""

MOST_SIGNED = 100
"""Headers that may be signed."""

_SCOPE = re.compile(r"([^/]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_DATE = "%Y%m%dT%H%M%SZ"


class AccessError(AwsError):
    """The caller is unknown, or the request is not the signed one."""

    status = 403


class MissingAuthenticationTokenException(AccessError):
    """The request is not signed."""


class IncompleteSignatureException(AccessError):
    """Parts of the signature are missing or malformed."""


class UnrecognizedClientException(AccessError):
    """There is no such access key."""


class InvalidSignatureException(AccessError):
    """The signature is not that of this request, or is too old."""


class Access:
    """Checks signatures against these secret keys (access key → secret key)."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = keys

    def check(self, method: str, path: str, headers: Mapping[str, str], body: bytes, now: float) -> None:
        """Raise an AccessError unless the request is signed with one of the keys; `headers` have lower-case names."""
        authorization = headers.get("authorization")
        if not authorization:
            raise MissingAuthenticationTokenException("Missing Authentication Token")
        parts = _parts(authorization)
        scope = _SCOPE.fullmatch(parts["Credential"])
        if scope is None:
            raise IncompleteSignatureException(f"Credential must have the form KEY/DATE/REGION/SERVICE/aws4_request: "
                                               f"'{parts['Credential']}'.")  # fmt: skip
        key, date, region, service = scope.groups()
        secret = self._keys.get(key)
        if secret is None:
            raise UnrecognizedClientException("The security token included in the request is invalid.")
        stamp = _fresh(headers, date, now)
        names = parts["SignedHeaders"].lower().split(";", MOST_SIGNED)
        _check_signed(names, headers)
        _check_digest(headers, body)
        request = AWSRequest(method, f"http://{headers['host']}{path}", data=body)
        request.context["timestamp"] = stamp
        for name in names:
            request.headers[name] = headers[name]
        expected = _Calculation(Credentials(key, secret), service, region).signature_of(request)
        if not hmac.compare_digest(expected, parts["Signature"]):
            raise InvalidSignatureException(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                "Access Key and signing method. Consult the service documentation for details."
            )


def check_call(access: Access | None, call: Call) -> None:
    """Raise AccessError for a call with a wrong signature, if signatures are checked (`access` is not None)."""
    if access is not None:
        path = f"{call.path}?{call.query}" if call.query else call.path
        access.check(call.method, path, call.headers, call.sent, time.time())


class _Calculation(SigV4Auth):  # type: ignore[misc]
    """botocore's signer, restricted to the headers that the caller signed."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        return request.headers

    def signature_of(self, request: AWSRequest) -> str:
        text = self.string_to_sign(request, self.canonical_request(request))
        return str(self.signature(text, request))


def _parts(authorization: str) -> dict[str, str]:
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        raise IncompleteSignatureException(f"Unsupported AWS 'algorithm': '{algorithm}'.")
    parts = fields(rest)
    for name in ("Credential", "Signature", "SignedHeaders"):
        if name not in parts:
            raise IncompleteSignatureException(f"Authorization header requires '{name}' parameter.")
    return parts


def _fresh(headers: Mapping[str, str], date: str, now: float) -> str:
    """The request's time, checked to be within SKEW of the controller's."""
    stamp = headers.get("x-amz-date", "")
    try:
        signed = datetime.strptime(stamp, _DATE).replace(tzinfo=UTC)
    except ValueError:
        raise IncompleteSignatureException(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        ) from None
    if stamp[:8] != date:
        raise InvalidSignatureException(f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                                        f"date from HTTP: '{date}' != '{stamp[:8]}'.")  # fmt: skip
    here = datetime.fromtimestamp(now, UTC).strftime(_DATE)
    if signed.timestamp() < now - SKEW:
        raise InvalidSignatureException(f"Signature expired: {stamp} is now earlier than {here} - 5 min.")
    if signed.timestamp() > now + SKEW:
        raise InvalidSignatureException(f"Signature not yet current: {stamp} is still later than {here} + 5 min.")
    return stamp


def _check_signed(names: list[str], headers: Mapping[str, str]) -> None:
    """Headers that select the operation have to be signed, and signed headers have to be present. The last name has the
    superfluous ones."""
    for name in ("host", *(each for each in ("x-amz-date", "x-amz-target") if each in headers)):
        if name not in names:
            raise InvalidSignatureException(f"'{name}' must be a 'SignedHeader' in the AWS Authorization.")
    for name in names:
        if name not in headers:
            raise InvalidSignatureException(f"The signed header '{name}' is not in the request.")


def _check_digest(headers: Mapping[str, str], body: bytes) -> None:
    """The calculation uses the caller's digest of the body if present, so that has to be checked."""
    claimed = headers.get("x-amz-content-sha256")
    if claimed is not None and claimed != hashlib.sha256(body).hexdigest():
        raise InvalidSignatureException("The provided x-amz-content-sha256 header does not match what was computed.")
