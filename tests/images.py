"""Images for runtimes in tests: there at once, or prepared as the test requires."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from localemr.domain.model.release import Release
from localemr.images import chain, plan, pulled
from localemr.images.build import BUILT, Report
from localemr.images.image import Image, to_build
from localemr.images.ondemand import OnDemand
from localemr.images.present import Present
from localemr.runtime.base import InstanceSpec, RuntimeDeferred


@dataclass
class Images:
    """See Images of runtime.base. `find` returns the image of an instance; `outcome` is raised instead, if there is
    one. Notes what was called."""

    find: Callable[[InstanceSpec], str] = lambda spec: f"node:{spec.release}"
    outcome: RuntimeDeferred | None = None
    requested: list[InstanceSpec] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    closed: bool = False

    async def ready(self, spec: InstanceSpec) -> str:
        """See Images."""
        self.requested.append(spec)
        if self.outcome:
            raise self.outcome
        return self.find(spec)

    def missing(self, image: str) -> None:
        """See Images."""
        self.lost.append(image)

    def release(self, cluster: str) -> None:
        """See Images."""
        self.released.append(cluster)

    async def close(self) -> None:
        """See Images."""
        self.closed = True


def whole_node(spec: InstanceSpec) -> str:
    """The image of the release's nodes with all applications, which the tests' machine has."""
    return plan.reference("node", spec.release)


def forget() -> None:
    """Forget the images, as after a change of releases, applications or recipes."""
    for module in (chain, plan, pulled):
        for each in vars(module).values():
            if hasattr(each, "cache_clear") and each.__module__ == module.__name__:
                each.cache_clear()


def have_release(patch: pytest.MonkeyPatch, release: Release) -> None:
    """Images are those of this release alone."""
    for module in (chain, plan):
        patch.setattr(module, "releases", lambda: {release.label: release})


@dataclass
class Builder:
    """Builds nothing, but lists images as if it had. Each build waits for `go`; then `failure` is raised, if any."""

    there: dict[str, Present] = field(default_factory=dict)
    failure: Exception | None = None
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)

    def on_demand(self, now: Callable[[], float] = time.time) -> OnDemand:
        """Images that are built by this."""
        return OnDemand(lambda: self.there, self.build, now)

    async def build(self, image: Image, report: Report) -> None:
        """See ondemand.Builder: the image's parts are reported one after the other."""
        self.begun.append(image.reference)
        try:
            for each in to_build([image], self.there):
                report(each.name, 1, 2, "RUN something")
                while not self.go.is_set():
                    await asyncio.sleep(0.001)
                if self.failure:
                    raise self.failure
                report(each.name, 2, 2, BUILT)
                self.add(each)
        finally:
            self.ended.append(image.reference)

    def add(self, *images: Image) -> None:
        """These images are there."""
        self.there |= {each.reference: Present(10**9 + len(each.tag), dict(each.labels)) for each in images}
