"""How long an instance waits for a machine and for its image, and what users read meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from localemr.runtime.base import RuntimeDeferred
from localemr.runtime.kubernetes.client import FORBIDDEN, Refused
from localemr.runtime.kubernetes.pods import Obstacle

AGAIN = 5.0
"""Seconds after which a waiting instance is looked at again; the watch reports most changes sooner."""
QUOTA = "exceeded quota"
"""Kubernetes' words for a refusal by a ResourceQuota."""


@dataclass(frozen=True)
class Patience:
    """Seconds after which an instance fails, with `code`, the caller's term for that: `room` without a machine, `image`
    without its image."""

    room: float = 600.0
    image: float = 120.0
    code: str = "INTERNAL_ERROR"


class Waiting:
    """Instances that wait."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._refused: dict[str, float] = {}
        """When a quota first refused an instance, by its name. A controller that starts again begins anew."""

    def deferred(self, obstacle: Obstacle, now: float) -> RuntimeDeferred:
        """What is to be raised for an instance that was made and does not run."""
        if obstacle.room:
            text = f"Insufficient capacity: {obstacle.message}"
            progress = f"a machine for the instances: {obstacle.message}"
            return self._answer(obstacle.since + self._patience.room, now, text, progress)
        text = f"The image of the instance cannot be pulled: {obstacle.message}"
        progress = f"the instances' image: {obstacle.message}"
        return self._answer(obstacle.since + self._patience.image, now, text, progress)

    @contextmanager
    def for_quota(self, name: str, now: float) -> Iterator[None]:
        """Raise RuntimeDeferred where a quota refuses the instance of this name."""
        try:
            yield
        except Refused as error:
            if error.code != FORBIDDEN or QUOTA not in str(error):
                raise
            since = self._refused.setdefault(name, now)
            text, progress = f"Insufficient capacity: {error}", f"room in the namespace's quota: {error}"
            raise self._answer(since + self._patience.room, now, text, progress) from error
        self.forget(name)

    def forget(self, name: str) -> None:
        """The instance waits no longer."""
        self._refused.pop(name, None)

    def _answer(self, until: float, now: float, text: str, progress: str) -> RuntimeDeferred:
        if now >= until:
            return RuntimeDeferred(now, self._patience.code, text)
        return RuntimeDeferred(min(now + AGAIN, until), message=text, progress=progress)
