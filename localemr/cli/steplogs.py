"""Sources of a step's logs: the master's disk, or S3. Both return pieces and never load a whole log."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, Protocol

NAMES = ("controller", "syslog", "stdout", "stderr")
"""In display order."""
DIRECTORY = "/mnt/var/log/hadoop/steps"
PIECE = 1 << 18  # bytes
UNKNOWN = 1 << 62
"""A size that is unknown until the log has been read."""


class Source(Protocol):
    """The logs of one step."""

    def sizes(self) -> dict[str, int]:
        """The existing logs and their sizes."""

    def read(self, name: str, start: int) -> Iterator[bytes]:
        """A log from a byte on, in pieces."""


class Node:
    """On the master's disk."""

    def __init__(self, container: Any, step_id: str) -> None:
        self._container = container
        self._directory = f"{DIRECTORY}/{step_id}"

    def sizes(self) -> dict[str, int]:
        """See Source; none before the step has begun."""
        # A step may write files of any name there. NUL is the only character that no name contains.
        command = ["find", self._directory, "-maxdepth", "1", "-type", "f", "-printf", "%s %f\\0"]
        code, output = self._container.exec_run(command, stderr=False)
        entries = output.decode(errors="replace").split("\0") if code == 0 else []
        found = {name: size for size, _, name in (entry.partition(" ") for entry in entries)}
        return {name: int(found[name]) for name in NAMES if name in found}

    def read(self, name: str, start: int) -> Iterator[bytes]:
        """See Source."""
        command = ["tail", "-c", f"+{start + 1}", f"{self._directory}/{name}"]
        yield from self._container.exec_run(command, stream=True, stderr=False).output


class Bucket:
    """On S3, gzip'ed, in the folder `place`."""

    def __init__(self, s3: Any, place: str) -> None:
        self._s3 = s3
        self._bucket, _, self._prefix = place.partition("://")[2].partition("/")

    def sizes(self) -> dict[str, int]:
        """See Source."""
        try:
            listed = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix).get("Contents", [])
        except self._s3.exceptions.NoSuchBucket:
            return {}
        there = {entry["Key"] for entry in listed}
        return {name: UNKNOWN for name in NAMES if self._key(name) in there}

    def read(self, name: str, start: int) -> Iterator[bytes]:
        """See Source."""
        unpack = zlib.decompressobj(wbits=31)
        body = self._s3.get_object(Bucket=self._bucket, Key=self._key(name))["Body"]
        for packed in body.iter_chunks(PIECE):
            yield unpack.decompress(packed)
        yield unpack.flush()

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name}.gz"
