"""Builds images with Docker's API, several in parallel, using Docker's layer cache."""

from __future__ import annotations

import io
import os
import re
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import docker.errors

from localemr.images import debian
from localemr.images.certificates import certificates
from localemr.images.plan import DEBIAN, Image
from localemr.runtime.docker_client import APIClient, connect

LABEL = "localemr.image"
AT_ONCE = 3
LINES_SHOWN = 30
BUILD_SECONDS = 3600.0
"""Timeout of one call: a step of a build may have no output for long."""
STEP = re.compile(r"Step (\d+)/(\d+) : (.*)")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")

Report = Callable[[str, int, int, str], None]
"""Called with progress: the image's name, the step, the number of steps (0: not known yet), the last line."""


class BuildFailure(Exception):
    """An image could not be built; the message has the end of the log and the log's path."""


def missing(images: Iterable[Image], client: APIClient | None = None) -> list[Image]:
    """The images that are not built."""
    present = {tag for each in (client or connect(BUILD_SECONDS)).images() for tag in each["RepoTags"] or ()}
    return [image for image in images if image.reference not in present]


def sizes(images: Iterable[Image]) -> dict[str, int | None]:
    """Size in bytes by reference; None: not built. Shared layers count in every image."""
    found = {tag: each["Size"] for each in connect(BUILD_SECONDS).images() for tag in each["RepoTags"] or ()}
    return {image.reference: found.get(image.reference) for image in images}


def build(images: Iterable[Image], report: Report, logs: Path) -> None:
    """Build the missing ones of these images, independent ones in parallel. Logs are written to the folder `logs`.
    Raises BuildFailure."""
    client = connect(BUILD_SECONDS)
    todo = {image.reference: image for image in missing(images, client)}
    if not todo:
        return
    debian.ensure(client, DEBIAN, lambda line: report("debian", 0, 0, line))
    stop = threading.Event()
    running: dict[Future[None], str] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            while todo or running:
                for image in [each for each in todo.values() if not {*each.needs} & {*todo, *running.values()}]:
                    running[pool.submit(_build_one, image, report, stop, logs)] = image.reference
                    del todo[image.reference]
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    del running[future]
                    future.result()
        except BaseException:
            stop.set()
            raise


def prune(keep: Iterable[Image]) -> list[str]:
    """Remove images of LocalEMR that are not in `keep`; returns the removed references."""
    client = connect(BUILD_SECONDS)
    kept = {image.reference for image in keep}
    removed = []
    for each in client.images(filters={"label": LABEL}):
        for tag in each["RepoTags"] or (each["Id"],):
            if tag in kept or (not each["RepoTags"] and kept):
                continue
            try:
                client.remove_image(tag)
                removed.append(tag)
            except docker.errors.APIError:
                continue  # in use by a container or another image
    return removed


def _build_one(image: Image, report: Report, stop: threading.Event, logs: Path) -> None:
    log = logs / f"build-{image.name}.log"
    report(image.name, 0, 0, "")
    step = total = 0
    with log.open("w", encoding="utf-8") as file:
        for message in _stream(image):
            if stop.is_set():
                raise BuildFailure("another image could not be built")
            text = str(message.get("stream") or message.get("error") or message.get("status") or "").rstrip()
            for line in filter(None, text.splitlines()):
                file.write(line + "\n")
                if found := STEP.match(line):
                    step, total = int(found[1]), int(found[2])
                report(image.name, step, total, found[3] if found else line)
            if "error" in message:
                file.flush()
                tail = "\n".join(log.read_text().splitlines()[-LINES_SHOWN:])
                raise BuildFailure(f"image {image.name} could not be built:\n{tail}\nThe whole log: {log}")
    report(image.name, total, total, "built")


def _stream(image: Image) -> Iterable[dict[str, Any]]:
    proxies = {name: value for name in PROXIES if (value := os.environ.get(name) or os.environ.get(name.lower()))}
    with _context(image.context) as context:
        # Clients are not shared between threads: a client is busy during the whole build.
        yield from connect(BUILD_SECONDS).build(
            fileobj=context,
            custom_context=True,
            tag=image.reference,
            buildargs={**image.args, **proxies},
            labels={LABEL: image.name},
            rm=True,
            forcerm=True,
            decode=True,
        )


def _context(files: Mapping[str, Path]) -> io.BufferedRandom:
    """The build context as a tar file: the files, and the host's certificates in ca/."""
    spool: Any = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    with tarfile.open(fileobj=spool, mode="w") as archive:
        folder = tarfile.TarInfo("ca")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(folder)
        for path, file in sorted((*files.items(), *certificates().items())):
            entry = tarfile.TarInfo(path)
            content = file.read_bytes()
            # Owner, time and umask of the checkout are no inputs, so they must not change the layer.
            entry.size, entry.mode = len(content), 0o755 if file.stat().st_mode & 0o100 else 0o644
            archive.addfile(entry, io.BytesIO(content))
    spool.seek(0)
    return spool  # type: ignore[no-any-return]
