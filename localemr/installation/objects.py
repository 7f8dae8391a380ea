"""Buckets and objects of the installation's S3. Calls block."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol
from urllib.parse import urlsplit

from localemr.settings import Settings

SECONDS = 10.0
"""For a connection, and for each part of an answer."""
PIECE = 1 << 16
ANSWER = 1000


@dataclass(frozen=True)
class Entry:
    """An object, or a folder (its key ends with a slash; `changed`, in epoch seconds, is 0)."""

    key: str
    size: int = 0
    changed: float = 0.0


class Source(Protocol):
    """What is uploaded."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end."""


class Objects:
    """Reads and writes S3 with the installation's keys. Every method raises FileNotFoundError for a bucket or object
    that does not exist, and OSError when S3 refuses or does not answer."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Any = None

    def buckets(self) -> list[Entry]:
        """All buckets; `changed` is the time at which they were made."""
        with self._errors() as client:
            return [Entry(each.name, changed=_seconds(each.creation_date)) for each in client.list_buckets()]

    def folder(self, bucket: str, prefix: str, after: str, most: int) -> Sequence[Entry]:
        """At most `most` objects and folders that begin with `prefix`, with keys above `after`, by their keys.

        S3 answers with up to ANSWER of them, the objects before the folders. A folder is above `after` as long as one
        of its objects is.
        """
        with self._errors() as client:
            listed = client.list_objects(bucket, prefix=prefix or None, start_after=after or None)
            found = sorted(islice(listed, ANSWER), key=lambda each: str(each.object_name))
            return [Entry(each.object_name, each.size or 0, _seconds(each.last_modified)) for each in found[:most]]

    def version(self, bucket: str, key: str) -> tuple[int, str]:
        """Size and ETag of an object."""
        with self._errors() as client:
            found = client.stat_object(bucket, key)
            return found.size or 0, found.etag or ""

    def read(self, bucket: str, key: str) -> Generator[bytes, None, None]:
        """An object in pieces. Close the iterator to stop early."""
        with self._errors() as client:
            response = client.get_object(bucket, key)
            try:
                yield from response.stream(PIECE)
            finally:
                response.close()
                response.release_conn()

    def part(self, bucket: str, key: str, start: int, length: int) -> bytes:
        """A part of an object; `length` is at least 1."""
        with self._errors() as client:
            response = client.get_object(bucket, key, offset=start, length=length)
            try:
                return bytes(response.read(length))
            finally:
                response.close()
                response.release_conn()

    def write(self, bucket: str, key: str, source: Source, length: int) -> None:
        """Make or replace an object of this length. It is there as a whole or not at all; a few MiB of it are in
        memory at a time."""
        with self._errors() as client:
            client.put_object(bucket, key, source, length, num_parallel_uploads=1)

    def remove(self, bucket: str, key: str) -> None:
        """Delete an object. No effect when it is absent."""
        with self._errors() as client:
            client.remove_object(bucket, key)

    def make_bucket(self, bucket: str) -> None:
        """Make a bucket."""
        with self._errors() as client:
            client.make_bucket(bucket)

    @contextmanager
    def _errors(self) -> Iterator[Any]:
        """The client; its errors are raised as OSError. It is imported on first use: it takes 5 MB and 0.2 s."""
        from minio.error import MinioException, S3Error
        from urllib3.exceptions import HTTPError

        try:
            self._client = self._client or self._connect()
            yield self._client
        except S3Error as error:
            kind = FileNotFoundError if error.code in ("NoSuchKey", "NoSuchBucket") else OSError
            raise kind(f"{error.code}: {error.message}") from error
        except ValueError as error:  # a name that no bucket or object can have
            raise OSError(f"S3 refuses it: {error}") from error
        except (MinioException, HTTPError) as error:
            raise OSError(f"{self._settings.s3_url} does not answer: {error}") from error

    def _connect(self) -> Any:
        from minio import Minio
        from urllib3 import PoolManager, Retry, Timeout

        settings, url = self._settings, urlsplit(self._settings.s3_url)
        # No proxies: S3 is on this host, or a container beside the controller's.
        pool = PoolManager(timeout=Timeout(SECONDS), retries=Retry(1), maxsize=8)
        keys = settings.access_key, settings.secret_key
        return Minio(url.netloc, *keys, secure=url.scheme == "https", region=settings.region, http_client=pool)


def _seconds(moment: Any) -> float:
    return moment.timestamp() if moment else 0.0
