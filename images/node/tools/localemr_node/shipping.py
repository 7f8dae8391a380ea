"""Which log files belong where under LogUri (emr-behaviour §4.8), and what has been sent already."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

STEPS = "/mnt/var/log/hadoop/steps"
CONTAINERS = "/var/log/hadoop-yarn/containers"
APPLICATIONS = {
    "hadoop-hdfs": "/var/log/hadoop-hdfs",
    "hadoop-yarn": "/var/log/hadoop-yarn",
    "hadoop-mapreduce": "/var/log/hadoop-mapreduce",
    "spark": "/var/log/spark",
    "hive": "/var/log/hive",
    "tez": "/var/log/tez",
}
BOOTSTRAP_ACTIONS = "/mnt/var/log/bootstrap-actions"
MANIFEST = "/var/lib/localemr/shipped.json"

Files = Iterator[tuple[str, str]]
"""Pairs of a file's path and its key below <LogUri>/<cluster>/."""
Put = Callable[[str, str, str], None]
"""Uploads a file (path, bucket, key)."""


def step_files(step_id: str) -> Files:
    """The logs of one step."""
    yield from _tree(f"{STEPS}/{step_id}", f"steps/{step_id}")


def all_steps() -> Files:
    """The logs of all steps."""
    yield from _tree(STEPS, "steps")


def container_files() -> Files:
    """The logs of YARN's containers on this instance."""
    for path, key in _tree(CONTAINERS, "containers"):
        if "/application_" in path:
            yield path, key


def node_files(instance_id: str) -> Files:
    """The logs of the daemons and bootstrap actions of this instance."""
    for application, directory in APPLICATIONS.items():
        for path, key in _tree(directory, f"node/{instance_id}/applications/{application}"):
            if not path.startswith(CONTAINERS):
                yield path, key
    yield from _tree(BOOTSTRAP_ACTIONS, f"node/{instance_id}/bootstrap-actions")


def _tree(directory: str, prefix: str) -> Files:
    for parent, _, names in os.walk(directory):
        for name in sorted(names):
            path = os.path.join(parent, name)
            yield path, f"{prefix}/{os.path.relpath(path, directory)}.gz"


class Manifest:
    """What was sent: key → size and time of change. A file that did not change is not sent again."""

    def __init__(self, path: str = MANIFEST) -> None:
        self._path = path
        try:
            with open(path, encoding="utf-8") as file:
                self._sent: dict[str, list[int]] = json.load(file)
        except (OSError, ValueError):
            self._sent = {}

    def is_new(self, path: str, key: str) -> bool:
        """Whether the file changed since it was sent under this key."""
        return self._sent.get(key) != _stamp(path)

    def sent(self, key: str, stamp: list[int]) -> None:
        """Note, durably, that the file with this stamp was sent."""
        self._sent[key] = stamp
        with open(f"{self._path}.{os.getpid()}", "w", encoding="utf-8") as file:
            json.dump(self._sent, file)
        os.replace(file.name, self._path)


def _stamp(path: str) -> list[int]:
    status = os.stat(path)
    return [status.st_size, status.st_mtime_ns]


class Shipper:
    """Sends files to <LogUri>/<cluster>/; `put(path, bucket, key)` uploads one."""

    def __init__(self, put: Put, log_uri: str, cluster: str, manifest: Manifest) -> None:
        parts = urlsplit(log_uri)
        self._put = put
        self._bucket = parts.netloc
        self._prefix = f"{parts.path.strip('/')}/{cluster}/".lstrip("/")
        self._manifest = manifest

    def ship(self, files: Files) -> int:
        """Send what is new; the number of files sent. Raises what `put` raises; what was sent stays noted."""
        count = 0
        for path, key in files:
            try:
                stamp = _stamp(path)
            except FileNotFoundError:
                continue  # YARN has removed it
            if self._manifest.is_new(path, key):
                self._send(path, key)
                self._manifest.sent(key, stamp)
                count += 1
        return count

    def _send(self, path: str, key: str) -> None:
        with tempfile.NamedTemporaryFile(prefix="ship-", suffix=".gz") as packed:
            with open(path, "rb") as source, gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=0) as target:
                shutil.copyfileobj(source, target, 1 << 20)
            packed.flush()
            self._put(packed.name, self._bucket, self._prefix + key)
