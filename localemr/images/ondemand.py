"""Images of instances, built when the first cluster needs them. See runtime.base.Images.

Builds go on side by side, so that a small image does not wait for a large one; what two of them need is built once.
Nothing is stored: a controller that starts again is requested the same images by the same clusters, and Docker's cache
has the steps that were done.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localemr.images.build import AT_ONCE, BuildFailure, Lock, Report, build
from localemr.images.daemon import present
from localemr.images.debian import DebianFailure
from localemr.images.image import Image, to_build
from localemr.images.plan import APPLICATIONS, ON_USE, RELEASE, node
from localemr.images.present import Present, choose
from localemr.images.progress import Progress
from localemr.runtime.base import InstanceSpec, RuntimeDeferred, RuntimeFailure, RuntimeUnavailable
from localemr.tasks import end

log = logging.getLogger(__name__)
AGAIN = 1.0
"""Seconds after which a waiting cluster looks again."""
FAILED = "INTERNAL_ERROR"
"""The code with which instances without an image end."""
KEPT = 60.0
"""Seconds in which a cluster that has seen a build fail gets the same failure again, rather than another build: its
other instances, and those that replace them, need the same image."""

LOOK_SECONDS = 60.0
"""Longest look at Docker's images."""

Listing = Callable[[], Mapping[str, Present]]
"""Returns the images that are there. Called in a thread."""
Builder = Callable[[Image, Report], Awaitable[None]]
"""Builds an image with what it needs. Raises BuildFailure, DebianFailure or RuntimeFailure."""


@dataclass
class Job:
    """The build of an image for the clusters that wait for it. `failure` is set when it has failed, at `ended`."""

    image: Image
    progress: Progress
    waiting: set[str] = field(default_factory=set)
    task: asyncio.Task[None] | None = None
    failure: str = ""
    ended: float = 0.0


class OnDemand:
    """See Images."""

    def __init__(self, listing: Listing, build: Builder, now: Callable[[], float] = time.time) -> None:
        self._listing, self._build, self._now = listing, build, now
        self._found: dict[tuple[str, frozenset[str]], str] = {}
        self._jobs: dict[str, Job] = {}

    async def ready(self, spec: InstanceSpec) -> str:
        """See Images."""
        key = (spec.release, frozenset(spec.applications))
        if key not in self._found:
            there = await asyncio.to_thread(self._listing)
            try:
                chosen = await asyncio.to_thread(choose, spec.release, spec.applications, there)
            except (KeyError, OSError) as error:
                raise RuntimeFailure(f"there are no images of {spec.release}: {error}") from error
            if chosen is None:
                raise self._prepared(node(spec.release, spec.applications), spec.cluster)
            self._found[key] = chosen.reference
        return self._found[key]

    async def on_use(self, name: str, cluster: str = "") -> str:
        """The image of a container that is started on first use, by its name, for this cluster or (empty) for a caller
        of an API. Raises as `ready`."""
        image = await asyncio.to_thread(ON_USE[name])
        if image.reference not in await asyncio.to_thread(self._listing):
            raise self._prepared(image, cluster)
        return image.reference

    def for_threads(self, loop: asyncio.AbstractEventLoop, name: str) -> Callable[[], str]:
        """`on_use` for threads, which wait for this loop. Raises OSError as long as there is no image."""

        def found() -> str:
            try:
                return asyncio.run_coroutine_threadsafe(self.on_use(name), loop).result(LOOK_SECONDS)
            except TimeoutError as error:
                raise OSError(f"the images were not listed within {LOOK_SECONDS:.0f} s") from error
            except RuntimeDeferred as error:
                raise OSError(f"Preparing {error.progress}" if error.progress else str(error)) from error

        return found

    def missing(self, image: str) -> None:
        """See Images."""
        self._found = {key: found for key, found in self._found.items() if found != image}

    def release(self, cluster: str) -> None:
        """See Images. A build that nothing waits for ends at once."""
        for job in self._jobs.values():
            if cluster in job.waiting:
                job.waiting.discard(cluster)
                if job.task and not job.waiting:
                    log.info("nothing waits any more for %s", job.progress)
                    job.task.cancel()

    async def close(self) -> None:
        """See Images."""
        await end(*(job.task for job in self._jobs.values()))

    def _prepared(self, image: Image, cluster: str) -> RuntimeDeferred:
        """Have the image built, for this cluster too. What the cluster is to know meanwhile."""
        job = self._jobs.get(image.reference)
        if job and job.failure and cluster in job.waiting and self._now() < job.ended + KEPT:
            return RuntimeDeferred(self._now(), FAILED, job.failure)
        if job is None or job.task is None:
            job = self._jobs[image.reference] = Job(image, Progress(_subject(image)))
            job.task = asyncio.create_task(self._run(job))
        job.waiting.add(cluster)
        text = str(job.progress)
        return RuntimeDeferred(self._now() + AGAIN, message=f"An image is missing: {text}", progress=text)

    async def _run(self, job: Job) -> None:
        try:
            todo = to_build([job.image], await asyncio.to_thread(self._listing))
            if todo:  # not built by another process, or just before this job was requested
                job.progress.begin(each.name for each in todo)
                log.info("building %s", job.progress)
                await self._build(job.image, job.progress)
                log.info("built %s", _subject(job.image))
        except BuildFailure as failure:
            self._fail(job, failure.cause)
        except RuntimeUnavailable as failure:
            log.warning("building %s is repeated: %s", _subject(job.image), failure)
        except (RuntimeFailure, DebianFailure, OSError) as failure:
            self._fail(job, str(failure))
        finally:
            job.task = None
            if not job.failure and self._jobs.get(job.image.reference) is job:
                del self._jobs[job.image.reference]

    def _fail(self, job: Job, cause: str) -> None:
        subject = _subject(job.image)
        job.failure, job.ended = f"{subject[:1].upper()}{subject[1:]} could not be built: {cause}", self._now()
        log.error("%s", job.failure)


def on_demand(logs: Path, lock: Lock, registry: str = "") -> OnDemand:
    """Images that Docker has, pulls from the registry (empty: none) and builds. The logs of builds go to the folder."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def build_one(image: Image, report: Report) -> None:
        await build([image], report, logs, registry, lock, turns)

    return OnDemand(present, build_one)


def _subject(image: Image) -> str:
    """What the image is, for users."""
    if RELEASE not in image.labels:
        return f"the image of the {image.name}"
    return f"the image of {image.labels[RELEASE]} with {image.labels[APPLICATIONS].replace(',', ', ')}"
