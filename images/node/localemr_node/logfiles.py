"""Which logs an instance has, and where each belongs below <LogUri>/<cluster>/ (emr-behaviour §4.8)."""

from __future__ import annotations

import os

from localemr_node import applications

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    Logs = Iterator["Log"]
    Open = Callable[[], BinaryIO]

STEPS = "/mnt/var/log/hadoop/steps"
CONTAINERS = "/var/log/hadoop-yarn/containers"
OF_THE_NODE = {
    "bootstrap-actions": "/mnt/var/log/bootstrap-actions",
    "provision-node": "/mnt/var/log/provision-node",
    "setup-devices": "/mnt/var/log/setup-devices",
    "daemons/instance-state": "/mnt/var/log/instance-state",
}


class Log:
    """A log as it is now: the key of its object, a stamp (size in bytes, time of change in ns), and how to read it."""

    __slots__ = ("key", "open", "stamp")

    def __init__(self, key: str, stamp: list[int], open_: Open) -> None:
        self.key = key
        self.stamp = stamp
        self.open = open_

    @property
    def changed(self) -> float:
        """When it changed last, in epoch seconds."""
        return self.stamp[1] / 1e9


def local(instance_id: str) -> Logs:
    """All logs on this instance's disk: those of steps, of YARN's containers, and of the instance itself."""
    yield from tree(STEPS, "steps")
    for log in tree(CONTAINERS, "containers"):
        if log.key.startswith("containers/application_"):
            yield log
    node = f"node/{instance_id}"
    for application, directory in applications.logs().items():
        yield from tree(directory, f"{node}/applications/{application}", CONTAINERS)
    for name, directory in OF_THE_NODE.items():
        yield from tree(directory, f"{node}/{name}")


def tree(directory: str, prefix: str, without: str = "") -> Logs:
    """The files below a directory; none when it is missing. A file that is removed meanwhile is left out."""
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                # Keys are UTF-8; names on disk need not be.
                key = f"{prefix}/{os.fsencode(entry.name).decode(errors='replace')}"
                if entry.is_dir(follow_symlinks=False):
                    if entry.path != without:
                        yield from tree(entry.path, key, without)
                elif entry.is_file(follow_symlinks=False):
                    try:
                        status = entry.stat()
                    except FileNotFoundError:
                        continue
                    stamp = [status.st_size, status.st_mtime_ns]
                    yield Log(f"{key}.gz", stamp, _opener(entry.path))
    except (FileNotFoundError, NotADirectoryError):
        return


def _opener(path: str) -> Open:
    return lambda: open(path, "rb")
