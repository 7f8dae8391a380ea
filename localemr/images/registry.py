"""Images in a registry. Docker transfers them: its trust in certificates and its credentials hold (`docker login`).

An image is `REGISTRY/localemr/<name>:<tag>` there. Its tag is the digest of its inputs, so an image of the same tag can
take the place of a build.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

import docker.errors

from localemr.images.daemon import LABEL, present
from localemr.images.image import Image
from localemr.images.present import portable
from localemr.runtime.base import RuntimeFailure
from localemr.runtime.docker_client import connect, docker_errors

log = logging.getLogger(__name__)
SECONDS = 3600.0
"""Longest pause of a transfer."""
FORM = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9.-]*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")
"""A registry as Docker writes it: host, port, and a path."""
ABSENT = re.compile(r"not found|manifest unknown|name unknown|does not exist", re.IGNORECASE)
"""What registries and Docker answer for an image that is not there."""

Report = Callable[[str], object]
"""Called with progress, in one line."""


def push(registry: str, references: Iterable[str], report: Report) -> None:
    """Push these images. Raises RuntimeFailure with the registry's answer, or RuntimeUnavailable."""
    with docker_errors():
        client = connect(SECONDS)
        for reference in references:
            name, tag = _split(reference)
            client.tag(reference, f"{registry}/{name}", tag)
            try:
                answers = client.push(f"{registry}/{name}", tag, stream=True, decode=True)
                _follow(answers, f"pushing {reference}", report)
            finally:
                _untag(client, f"{registry}/{reference}")


def pull(registry: str, image: Image, report: Report) -> bool:
    """Pull an image; False: it is not there. Raises RuntimeFailure with the registry's answer, RuntimeUnavailable."""
    with docker_errors():
        client = connect(SECONDS)
        name, tag = _split(image.reference)
        try:
            answers = client.pull(f"{registry}/{name}", tag, stream=True, decode=True)
            _follow(answers, f"pulling {image.reference}", report)
        except (docker.errors.NotFound, RuntimeFailure) as error:
            if isinstance(error, docker.errors.NotFound) or ABSENT.search(str(error)):
                return False
            raise
        try:
            return _take(client, registry, image)
        finally:
            _untag(client, f"{registry}/{image.reference}")


def _take(client: Any, registry: str, image: Image) -> bool:
    """Give a pulled image its name here. Raises RuntimeFailure for another image than the name says."""
    labels = client.inspect_image(f"{registry}/{image.reference}")["Config"].get("Labels") or {}
    wanted = {LABEL: image.name, **image.labels}
    if wanted.items() - labels.items():
        raise RuntimeFailure(f"{registry}/{image.reference} is no {image.name} of LocalEMR: its labels are {labels}")
    client.tag(f"{registry}/{image.reference}", *_split(image.reference))
    return True


def fetch(registry: str, images: Iterable[Image], report: Callable[[Image, str], object]) -> None:
    """Pull those of these images that are missing, as far as the registry has them. What it does not have, or refuses,
    is left to a build. Raises RuntimeUnavailable."""
    there = present()
    for image in images:
        if image.reference in there:
            continue
        for each in portable(image):
            if each.reference in there or _fetched(registry, each, report):
                break


def _fetched(registry: str, image: Image, report: Callable[[Image, str], object]) -> bool:
    try:
        found = pull(registry, image, lambda line: report(image, line))
    except RuntimeFailure as failure:
        log.warning("%s is not pulled from %s: %s", image.reference, registry, failure)
        report(image, f"not pulled: {failure}")
        return False
    log.info("%s is %s", image.reference, f"pulled from {registry}" if found else f"not in {registry}")
    return found


def _follow(answers: Iterator[dict[str, Any]], text: str, report: Report) -> None:
    """Report a transfer, which the daemon describes. Raises RuntimeFailure when it fails."""
    for each in answers:
        if "error" in each:
            raise RuntimeFailure(str(each["error"]))
        if status := each.get("status"):
            report(f"{text}: {status} {each.get('progress', '')}".rstrip())


def _split(reference: str) -> tuple[str, str]:
    name, _, tag = reference.rpartition(":")
    return name, tag


def _untag(client: Any, reference: str) -> None:
    with suppress(docker.errors.ImageNotFound):  # it was never tagged
        client.remove_image(reference, noprune=True)
