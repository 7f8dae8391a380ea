"""Objects on S3: their URIs, the endpoint that the environment names, and errors of requests."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

SCHEMES = ("s3", "s3n", "s3a")


class ObjectError(Exception):
    """An object could not be read or written. The message names the object and the reason, `code` is S3's."""

    final = False
    """Whether S3 refused the request, so that another attempt is useless."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Refused(ObjectError):
    """S3 refused the request."""

    final = True


def is_object(uri: str) -> bool:
    """Whether the URI names an object on S3."""
    return uri.partition(":")[0] in SCHEMES


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of a URI. Raises ObjectError for one that lacks either."""
    bucket, _, key = uri.partition("://")[2].partition("/")
    if not (is_object(uri) and bucket and key):
        raise ObjectError(f"{uri}: not the address of an object on S3")
    return bucket, key


def endpoint(env: Mapping[str, str]) -> str:
    """The address of S3 that the environment names (AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL), without a last slash."""
    address = (env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL", "")).rstrip("/")
    if not urlsplit(address).netloc:
        raise ObjectError("AWS_ENDPOINT_URL_S3 is not set")
    return address
