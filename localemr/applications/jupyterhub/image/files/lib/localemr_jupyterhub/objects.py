"""Files and folders below a prefix of a bucket.

A folder exists as long as something is in it, or by an empty object whose key ends with a slash, as the S3 console
makes it. Paths have no slash at their ends; the empty one is the prefix itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

MISSING = ("404", "NoSuchKey", "NotFound")


@dataclass(frozen=True)
class Entry:
    """A file, or a folder; of a folder neither size nor time is known."""

    path: str
    is_folder: bool
    size: int | None = None
    modified: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rsplit("/", 1)[-1]


class Objects:
    """The files and folders of `prefix`, which ends with a slash or is empty; `client` is boto3's for S3."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix

    def find(self, path: str) -> Entry | None:
        """The file or folder; None: there is none."""
        return (self._file(path) if path else None) or (Entry(path, True) if self._is_folder(path) else None)

    def entries(self, path: str) -> list[Entry]:
        """What is in a folder, in the order of S3."""
        below = self._below(path)
        found: list[Entry] = []
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=below, Delimiter="/"):
            found += [Entry(self._path(each["Prefix"]), True) for each in page.get("CommonPrefixes", ())]
            found += [
                Entry(self._path(each["Key"]), False, each["Size"], each["LastModified"])
                for each in page.get("Contents", ())
                if each["Key"] != below
            ]
        return found

    def read(self, path: str) -> bytes:
        """A file's content. Raises FileNotFoundError."""
        try:
            return bytes(self._client.get_object(Bucket=self._bucket, Key=self._key(path))["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                raise FileNotFoundError(path) from error
            raise

    def write(self, path: str, data: bytes) -> None:
        """Make or replace a file."""
        self._client.put_object(Bucket=self._bucket, Key=self._key(path), Body=data)

    def make_folder(self, path: str) -> None:
        """Make a folder; no effect where there is one."""
        self._client.put_object(Bucket=self._bucket, Key=self._below(path), Body=b"")

    def delete(self, path: str) -> None:
        """Delete a file, or a folder with all that is in it."""
        for key in [*self._keys(path)]:
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def rename(self, old: str, new: str) -> None:
        """Give a file, or a folder with all that is in it, another path. S3 copies it."""
        keys = [*self._keys(old)]
        for key in keys:
            target = self._key(new) + key.removeprefix(self._key(old))
            self._client.copy_object(Bucket=self._bucket, Key=target, CopySource={"Bucket": self._bucket, "Key": key})
        for key in keys:
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def _keys(self, path: str) -> Iterator[str]:
        """The keys of a file, or of a folder and all below it."""
        if self._file(path):
            yield self._key(path)
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._below(path)):
            yield from (each["Key"] for each in page.get("Contents", ()))

    def _file(self, path: str) -> Entry | None:
        try:
            found = self._client.head_object(Bucket=self._bucket, Key=self._key(path))
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return None
            raise
        return Entry(path, False, found["ContentLength"], found["LastModified"])

    def _is_folder(self, path: str) -> bool:
        if not path:
            return True
        seen = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._below(path), MaxKeys=1)
        return bool(seen["KeyCount"])

    def _key(self, path: str) -> str:
        return f"{self._prefix}{path}"

    def _below(self, path: str) -> str:
        return f"{self._prefix}{path}/" if path else self._prefix

    def _path(self, key: str) -> str:
        return key.removeprefix(self._prefix).rstrip("/")
