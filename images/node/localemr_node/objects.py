"""Objects on S3, through the endpoint and keys of the environment. The client is loaded on first use: it is slow."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

SCHEMES = ("s3", "s3n", "s3a")


class ObjectError(Exception):
    """An object could not be read or written. The message names the object and the reason."""

    final = False
    """Whether S3 refused the request, so that another attempt is useless."""


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


class Objects:
    """Writes objects, at the endpoint that the environment names."""

    def __init__(self) -> None:
        # The package loads its client for administrators too, and with it cryptography: a third of all it takes.
        left_out = ModuleType("minio.minioadmin")
        left_out.MinioAdmin = None  # type: ignore[attr-defined]
        sys.modules.setdefault("minio.minioadmin", left_out)
        from minio import Minio
        from urllib3 import PoolManager, Retry, Timeout

        address = urlsplit(endpoint(os.environ))
        # Short timeouts: the caller tries again later.
        pool = PoolManager(timeout=Timeout(connect=5, read=60), retries=Retry(total=1, backoff_factor=0.2))
        self._client = Minio(
            address.netloc,
            access_key=os.environ.get("AWS_ACCESS_KEY_ID"),
            secret_key=os.environ.get("AWS_SECRET_ACCESS_KEY"),
            region=os.environ.get("AWS_REGION", "us-east-1"),
            secure=address.scheme == "https",
            http_client=pool,
        )

    def put(self, path: str, bucket: str, key: str) -> None:
        """Upload a file; the bucket is made when it is missing."""
        try:
            self._try(f"s3://{bucket}/{key}", self._client.fput_object, bucket, key, path)
        except ObjectError as error:
            if getattr(error.__cause__, "code", "") != "NoSuchBucket":
                raise
            self._make_bucket(bucket)
            self._try(f"s3://{bucket}/{key}", self._client.fput_object, bucket, key, path)

    def _make_bucket(self, bucket: str) -> None:
        from minio.error import S3Error

        try:
            self._client.make_bucket(bucket)
        except S3Error as error:
            # Another instance was quicker.
            if error.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise _error(f"s3://{bucket}", error) from error

    @staticmethod
    def _try(uri: str, call: Any, *arguments: Any) -> None:
        from minio.error import MinioException
        from urllib3.exceptions import HTTPError

        try:
            call(*arguments)
        except (MinioException, HTTPError, OSError) as error:
            raise _error(uri, error) from error


def _error(uri: str, error: Exception) -> ObjectError:
    """The error of a call, with S3's code if S3 answered. Its own failures, with 5xx, pass."""
    code, answer = getattr(error, "code", type(error).__name__), getattr(error, "response", None)
    text = f"{uri}: {code}: {getattr(error, 'message', None) or error}"
    return Refused(text) if 400 <= getattr(answer, "status", 0) < 500 else ObjectError(text)
