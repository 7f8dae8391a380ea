"""The images that the Docker daemon has."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import docker.errors

from localemr.images.present import Present
from localemr.runtime.docker_client import connect, docker_errors

LABEL = "localemr.image"
"""Of every image of LocalEMR: its name."""


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
