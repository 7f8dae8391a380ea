"""Images of instances that machines pull by themselves. See runtime.base.Images.

Each release has one image, with all of its applications, so that it can be pulled ahead; a cluster with an application
that a classification adds needs one of its own. Nothing is built: `localemr images push` brings images to the registry.
"""

from __future__ import annotations

from functools import cache

from localemr.images.chain import parts
from localemr.images.image import Image
from localemr.images.plan import node
from localemr.images.present import portable
from localemr.runtime.base import InstanceSpec


class Pulled:
    """References of images in a registry (empty: machines have the images already)."""

    def __init__(self, registry: str) -> None:
        self._prefix = f"{registry}/" if registry else ""

    async def ready(self, spec: InstanceSpec) -> str:
        """See Images. The machine that gets the instance finds out whether the image exists."""
        return self._prefix + image_for(spec.release, spec.applications).reference

    def missing(self, image: str) -> None:
        """See Images: nothing is remembered."""

    def release(self, cluster: str) -> None:
        """See Images: nothing is prepared."""

    async def close(self) -> None:
        """See Images."""


@cache
def image_for(label: str, names: tuple[str, ...] = ()) -> Image:
    """The image of a release's nodes with all of its applications and these, without this host's certificates. Raises
    KeyError for an unknown label. Each instance needs it, and sorting the applications takes 4 ms."""
    return portable(node(label, [*parts(label), *names]))[-1]
