"""Logs of steps on their cluster's master, which has them before S3 does."""

from __future__ import annotations

from collections.abc import AsyncIterator

from localemr.domain.model.records import MASTER, Instance
from localemr.domain.model.states import InstanceState
from localemr.domain.model.steps import Step
from localemr.domain.node.runs import STEP_LOGS
from localemr.runtime.base import Runtime, RuntimeFailure
from localemr.store import Store


class StepLogs:
    """Reads them, with asterisks in place of a secret, as they are on S3 (docs/logs.md)."""

    def __init__(self, runtime: Runtime, store: Store, secret: str) -> None:
        self._runtime = runtime
        self._store = store
        self._secret = secret.encode()

    async def read(self, cluster_id: str, step_id: str, name: str, start: int = 0) -> AsyncIterator[bytes]:
        """The log from byte `start` on, or its last `-start` bytes, up to its present end.

        Raises FileNotFoundError when there is no such log or no master runs, OSError when the runtime does not answer.
        """
        step = self._store.step(cluster_id, step_id)
        master = self._master(cluster_id, step) if step else None
        if step is None or master is None or "/" in name:
            raise FileNotFoundError(f"{step_id}: there is no log {name} on a master that runs")
        try:
            async for piece in masked(
                self._runtime.read(master.id, f"{STEP_LOGS}/{step.id}/{name}", start), self._secret
            ):
                yield piece
        except RuntimeFailure as error:
            raise OSError(str(error)) from error

    def _master(self, cluster_id: str, step: Step) -> Instance | None:
        """The master that runs or ran the step, if it runs. Steps of earlier versions do not name theirs."""
        found = [each for each in self._store.instances(cluster_id) if each.spec.role == MASTER]
        running = [each for each in found if each.status.state == InstanceState.RUNNING]
        where = step.status.instance
        return next((each for each in reversed(running) if not where or each.id == where), None)


async def masked(pieces: AsyncIterator[bytes], secret: bytes) -> AsyncIterator[bytes]:
    """The pieces, with asterisks in place of the secret, also of one that is in two pieces. Empty: there is none."""
    rest = b""
    async for piece in pieces:
        whole = (rest + piece).replace(secret, b"*" * len(secret)) if secret else rest + piece
        cut = max(len(whole) - max(len(secret) - 1, 0), 0)
        rest = whole[cut:]
        if cut:
            yield whole[:cut]
    if rest:
        yield rest
