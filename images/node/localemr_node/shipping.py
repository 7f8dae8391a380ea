"""Sends log files, gzip'ed, below a cluster's LogUri, and notes what was sent."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable

from localemr_node.logfiles import Log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Protocol

    class Writable(Protocol):
        """What a log is copied to."""

        def write(self, data: bytes, /) -> object:
            """Take more of it."""


MANIFEST = "/var/lib/localemr/shipped"
RUNS = "/var/lib/localemr/runs"
SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""Environment variables whose values must not leave the instance inside a log."""
BLOCK = 1 << 20  # bytes
LEVEL = 3
"""Of gzip: half the time of its usual 6, a tenth more bytes. Long logs are sent again and again."""

EXTRA_LINES = 5000
"""Of the manifest, beyond twice what is needed."""

Put = Callable[[str, str], object]
"""Uploads a file (path, bucket, key)."""


class Manifest:
    """What was sent: key → stamp, one JSON line for each sending, so that several processes may write and follow it."""

    def __init__(self, path: str = MANIFEST) -> None:
        self._path = path
        self._sent: dict[str, list[int]] = {}
        self._read = self._lines = 0
        self.refresh()

    def refresh(self) -> None:
        """Read what other processes have sent since."""
        try:
            with open(self._path, "rb") as file:
                if os.fstat(file.fileno()).st_size < self._read:
                    self._read = self._lines = 0  # it was shortened
                file.seek(self._read)
                for line in file:
                    if line.endswith(b"\n"):
                        key, stamp = json.loads(line)
                        self._sent[key] = stamp
                        self._read += len(line)
                        self._lines += 1
        except FileNotFoundError:
            return

    def shorten(self) -> None:
        """Remove entries that later ones replace from the file, once they are most of it. For one process at a time."""
        if self._lines <= 2 * len(self._sent) + EXTRA_LINES:
            return
        with open(f"{self._path}.new", "w", encoding="utf-8") as file:
            file.writelines(json.dumps(entry) + "\n" for entry in self._sent.items())
        os.replace(file.name, self._path)

    def is_new(self, log: Log) -> bool:
        """Whether the log changed since it was sent."""
        return self._sent.get(log.key) != log.stamp

    def sent(self, log: Log) -> None:
        """Note, durably, that the log was sent as it was at its stamp."""
        self._sent[log.key] = log.stamp
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps([log.key, log.stamp]) + "\n")


class Places:
    """Where a log belongs: below <LogUri>/<cluster>/, of the cluster or, where it has one of its own, of the step."""

    def __init__(self, log_uri: str, cluster: str, runs: str = RUNS) -> None:
        self._log_uri = log_uri
        self._cluster = cluster
        self._runs = runs
        self._steps: dict[str, str] = {}

    def of(self, key: str) -> str:
        """The object's URI. Empty: the log stays on the instance."""
        uri = self._log_uri
        if key.startswith("steps/"):
            uri = self._of_step(key.split("/")[1])
        if not uri:
            return ""
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        below = f"{prefix.strip('/')}/{self._cluster}/{key}".lstrip("/")
        return f"s3://{bucket}/{below}"

    def _of_step(self, step: str) -> str:
        if step not in self._steps:
            try:
                with open(f"{self._runs}/step-{step}.json", encoding="utf-8") as file:
                    self._steps[step] = json.load(file)["spec"]["log_uri"] or self._log_uri
            except (OSError, ValueError, LookupError, TypeError):
                return self._log_uri
        return self._steps[step]


class Shipper:
    """Sends logs to their places; `put(path, uri)` uploads one."""

    def __init__(self, put: Put, places: Places, manifest: Manifest) -> None:
        self._put = put
        self._places = places
        self._manifest = manifest
        self._secrets = [os.environ[name].encode() for name in SECRETS if os.environ.get(name)]

    def ship(self, logs: Iterable[Log]) -> int:
        """Send what is new; the number of logs sent. Raises what `put` raises, where S3 refused a log after the others
        are sent; what was sent stays noted."""
        count, refused = 0, None
        for log in logs:
            place = self._places.of(log.key)
            if not place or not self._manifest.is_new(log):
                continue
            try:
                self._send(log, place)
            except FileNotFoundError:
                continue  # YARN has removed it
            except Exception as error:
                if not getattr(error, "final", False):
                    raise
                refused = refused or error
                continue
            self._manifest.sent(log)
            count += 1
        if refused:
            raise refused
        return count

    def _send(self, log: Log, uri: str) -> None:
        import gzip  # only a child that sends needs these
        import tempfile

        with tempfile.NamedTemporaryFile(prefix="ship-", suffix=".gz") as packed:
            with (
                log.open() as source,
                gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=LEVEL, mtime=0) as target,
            ):
                copy(source, target, self._secrets)
            packed.flush()
            self._put(packed.name, uri)


def copy(source: BinaryIO, target: Writable, secrets: list[bytes]) -> None:
    """Copy a stream, with asterisks in place of every secret."""
    keep = max(map(len, secrets), default=1) - 1
    rest = b""
    while block := source.read(BLOCK):
        data = rest + block
        for secret in secrets:
            data = data.replace(secret, b"*" * len(secret))
        cut = len(data) - keep if keep else len(data)
        target.write(data[:cut])
        rest = data[cut:]
    target.write(rest)
