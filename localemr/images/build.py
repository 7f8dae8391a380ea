"""Builds images, several in parallel, using Docker's layer cache. A build that is cancelled ends in the daemon too.

Calls may go on side by side, in other processes too: each image has its own lock, so that one which two of them need is
built once. A lock is held only while its image is built, never while its parts are: no two wait for each other.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import tarfile
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path

from localemr.images import debian
from localemr.images.certificates import certificates
from localemr.images.chain import DEBIAN
from localemr.images.daemon import LABEL, present
from localemr.images.image import Image, to_build
from localemr.images.registry import fetch
from localemr.runtime import docker_client
from localemr.runtime.docker_client import connect
from localemr.runtime.docker_streams import DockerStreams

AT_ONCE = 3
LINES_SHOWN = 30
PULL_SECONDS = 3600.0
"""Timeout of the pull of the base image, whose answer ends with it."""
STEP = re.compile(r"Step (\d+)/(\d+) : (.*)")
DOCKERS_OWN = re.compile(r"Step \d|Removing intermediate container | ---> ")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
BUILT = "built"

Report = Callable[[str, int, int, str], None]
"""Called with progress: the image's name, the step, the number of steps (0: not known yet), the last line (`BUILT` at
the end)."""


Lock = Callable[[Path], AbstractAsyncContextManager[None]]
"""Keeps others from what this file stands for, in other processes too."""


class BuildFailure(Exception):
    """An image could not be built. The message has the end of the log and the log's path, `cause` has one line."""

    def __init__(self, message: str, cause: str) -> None:
        super().__init__(message)
        self.cause = cause


async def build(
    images: Iterable[Image],
    report: Report,
    logs: Path,
    registry: str = "",
    lock: Lock = lambda file: nullcontext(),
    free: asyncio.Semaphore | None = None,
) -> None:
    """Build those of these images that are missing, after what they need, independent ones in parallel. What the
    registry has is pulled instead. Logs go to the folder `logs`. Calls that go on side by side have one lock, and those
    of a process one semaphore (None: an own one of AT_ONCE).

    Raises BuildFailure, debian.DebianFailure, RuntimeFailure or RuntimeUnavailable.
    """
    images = tuple(images)
    if registry:
        await asyncio.to_thread(fetch, registry, images, lambda image, line: report(image.name, 0, 0, line))
    todo = await asyncio.to_thread(lambda: to_build(images, present()))
    if not todo:
        return
    async with lock(logs / "debian.lock"):
        await asyncio.to_thread(
            lambda: debian.ensure(connect(PULL_SECONDS), DEBIAN, lambda line: report("debian", 0, 0, line))
        )
    streams, turns = DockerStreams(docker_client.address), free or asyncio.Semaphore(AT_ONCE)
    built = {image.reference: asyncio.Event() for image in todo}

    async def one(image: Image) -> None:
        for need in image.needs:
            if need.reference in built:
                await built[need.reference].wait()
        async with lock(lock_of(image, logs)):
            if image.reference in await asyncio.to_thread(present):  # another call has built it meanwhile
                report(image.name, 0, 0, BUILT)
            else:
                async with turns:
                    await _build_one(streams, image, report, logs)
        built[image.reference].set()

    try:
        async with asyncio.TaskGroup() as group:
            for image in todo:
                group.create_task(one(image))
    except BaseExceptionGroup as failures:
        raise _first(failures) from None
    finally:
        await streams.close()


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def log_of(image: Image, logs: Path) -> Path:
    """The file of the log of the image's build."""
    return logs / f"build-{image.name}-{image.tag}.log"


def lock_of(image: Image, logs: Path) -> Path:
    """The file of the lock of the image's build."""
    return log_of(image, logs).with_suffix(".lock")


async def _build_one(streams: DockerStreams, image: Image, report: Report, logs: Path) -> None:
    report(image.name, 0, 0, "")
    if image.stale:
        # Under its tag others would take it for what the old files make.
        cause = f"the files of image {image.name} have changed since this process was started"
        raise BuildFailure(f"{cause}: start it again", cause)
    output = _Output(image, log_of(image, logs), report)
    async with streams.build(_context(image.context), _params(image)) as messages:
        async for message in messages:
            output.add(str(message.get("stream") or message.get("status") or ""))
            if "error" in message:
                raise output.failure(str(message["error"]))
    report(image.name, output.total, output.total, BUILT)


class _Output:
    """The output of an image's build: each line is written to the log and reported."""

    def __init__(self, image: Image, log: Path, report: Report) -> None:
        self._name, self._log, self._report = image.name, log, report
        self._tail: deque[str] = deque(maxlen=LINES_SHOWN)
        self.step = self.total = 0
        log.write_text("")

    def add(self, text: str) -> None:
        """One message of the daemon, of any number of lines."""
        lines = [line for each in COLOURS.sub("", text).splitlines() if (line := each.rstrip())]
        with self._log.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        self._tail += lines
        for line in lines:
            if found := STEP.match(line):
                self.step, self.total = int(found[1]), int(found[2])
            self._report(self._name, self.step, self.total, found[3] if found else line)

    def failure(self, error: str) -> BuildFailure:
        """The failure that the daemon reports with this error, which names the command but not its trouble."""
        last = next((line for line in reversed(self._tail) if not DOCKERS_OWN.match(line)), error)
        self.add(error)
        cause = f"image {self._name}, step {self.step} of {self.total}: {last} (log: {self._log})"
        tail = "\n".join(self._tail)
        return BuildFailure(f"image {self._name} could not be built:\n{tail}\nThe whole log: {self._log}", cause)


def _params(image: Image) -> dict[str, str]:
    proxies = {name: value for name in PROXIES if (value := os.environ.get(name) or os.environ.get(name.lower()))}
    return {
        "t": image.reference,
        "buildargs": json.dumps({**image.args, **proxies}),
        "labels": json.dumps({LABEL: image.name, **image.labels}),
        "rm": "1",
        "forcerm": "1",
    }


def _context(files: Mapping[str, Path]) -> bytes:
    """The build context as a tar file: the files, and the host's certificates in ca/."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        folder = tarfile.TarInfo("ca")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(folder)
        for path, file in sorted((*files.items(), *certificates().items())):
            entry = tarfile.TarInfo(path)
            content = file.read_bytes()
            # Owner, time and umask of the checkout are no inputs, so they must not change the layer.
            entry.size, entry.mode = len(content), 0o755 if file.stat().st_mode & 0o100 else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
