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
READINGS = 5
"""How often one piece of a log is read at most. On a busy machine Docker sometimes loses the output of a command that
has ended well (github.com/docker/docker-py, issue 2042)."""


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
        self._sizes: dict[str, int] = {}

    def sizes(self) -> dict[str, int]:
        """See Source; none before the step has begun."""
        found = {name: size for size, _, name in (entry.partition(" ") for entry in self._entries())}
        self._sizes = {name: int(found[name]) for name in NAMES if name in found}
        return self._sizes

    def _entries(self) -> list[str]:
        """Size and name of the files, and of the directory itself: with it the output is never empty."""
        # A step may write files of any name there. NUL is the only character that no name contains.
        files = ["-maxdepth", "1", "(", "-type", "f", "-o", "-path", self._directory, ")", "-printf", "%s %P\\0"]
        for _ in range(READINGS):
            code, output = self._container.exec_run(["find", self._directory, *files], stderr=False)
            if code or output:
                break
        return output.decode(errors="replace").split("\0") if code == 0 else []

    def read(self, name: str, start: int) -> Iterator[bytes]:
        """See Source; as much as `sizes` has found at least."""
        for _ in range(READINGS):
            command = ["tail", "-c", f"+{start + 1}", f"{self._directory}/{name}"]
            for piece in self._container.exec_run(command, stream=True, stderr=False).output:
                start += len(piece)
                yield piece
            if start >= self._sizes.get(name, 0):
                return


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
