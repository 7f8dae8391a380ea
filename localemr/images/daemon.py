"""The images that the Docker daemon has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import docker.errors
import requests

from localemr.images.archive import PIECE, Packed
from localemr.images.present import Present
from localemr.runtime.base import RuntimeFailure
from localemr.runtime.docker_client import connect, docker_errors

LABEL = "localemr.image"
"""Of every image of LocalEMR: its name."""
TRANSFER_SECONDS = 3600.0
"""Longest pause while an image is saved or loaded."""
ALGORITHM = "sha256:"


def present() -> Mapping[str, Present]:
    """Every image that has a tag, by reference. Raises RuntimeFailure or RuntimeUnavailable."""
    with docker_errors():
        found = connect().images()
    return {tag: Present(each["Size"], each["Labels"] or {}) for each in found for tag in each["RepoTags"] or ()}


def prune(keep: Collection[str]) -> list[str]:
    """Remove LocalEMR's images but those of these references, and with none to keep the caches of builds too. Images in
    use stay. Returns what was removed."""
    client = connect()
    removed = []
    for each in client.images(filters={"label": LABEL}):
        for tag in each["RepoTags"] or (each["Id"],):
            if tag in keep or (not each["RepoTags"] and keep):
                continue
            try:
                client.remove_image(tag)
                removed.append(tag)
            except docker.errors.APIError:
                continue  # in use by a container or another image
    return removed


class DockerImages:
    """Docker's images in and out of files. See saving.Engine. Methods raise RuntimeFailure or RuntimeUnavailable."""

    def __init__(self) -> None:
        self._client = connect(TRANSFER_SECONDS)

    def packed(self, reference: str) -> Packed:
        """See Engine. An engine that keeps layers compressed has other digests in its output."""
        with docker_errors():
            found = self._client.inspect_image(reference)
        layers = (layer.removeprefix(ALGORITHM) for layer in found["RootFS"].get("Layers") or ())
        return Packed(reference, found["Id"].removeprefix(ALGORITHM), tuple(layers))

    def save(self, references: Sequence[str]) -> Iterable[bytes]:
        """See Engine."""
        # docker-py's own call has one image.
        address = f"{self._client.base_url}/v{self._client.api_version}/images/get"
        wanted = {"params": {"names": references}, "timeout": TRANSFER_SECONDS, "stream": True}
        with docker_errors(), self._client.get(address, **wanted) as answer:
            try:
                answer.raise_for_status()
            except requests.HTTPError as error:
                docker.errors.create_api_error_from_http_exception(error)
            yield from answer.iter_content(PIECE)

    def load(self, pieces: Iterable[bytes]) -> None:
        """See Engine."""
        with docker_errors():
            for answer in self._client.load_image(pieces) or ():
                if "error" in answer:
                    raise RuntimeFailure(str(answer["error"]))
