"""What instances report: the lines of their supervisors, followed and folded into the state of each run.

An instance's output holds the whole history of its runs, so following it from the beginning gives the present state,
also after a restart of the controller (docs/node-contract.md).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from localemr.domain.model.observed import EXITED, LOST, RUNNING, RunReport
from localemr.runtime.base import Runtime, RuntimeFailure

log = logging.getLogger(__name__)
RETRY_PAUSE = 0.5  # seconds


def fold(runs: Mapping[str, RunReport] | None, line: str) -> Mapping[str, RunReport] | None:
    """The runs after one more line. A boot line begins anew, since the supervisor then tells all it knows."""
    try:
        said: dict[str, Any] = json.loads(line)
    except ValueError:
        return runs
    if not isinstance(said, dict) or ("boot" not in said and "run" not in said):
        return runs
    if "boot" in said:
        return {}
    name, at, state = str(said["run"]), float(said["at"]), said["state"]
    before = (runs or {}).get(name)
    if state == RUNNING:
        report = RunReport(RUNNING, at)
    elif state in (EXITED, LOST):
        started = before.started if before else float(said.get("started", at))
        report = RunReport(state, started, at, said.get("code"), said.get("note", ""))
    else:
        return runs
    return {**(runs or {}), name: report}


class Reports:
    """Follows the output of containers; calls `changed(key)` when an instance said something new."""

    def __init__(self, runtime: Runtime, changed: Callable[[str], None]) -> None:
        self._runtime = runtime
        self._changed = changed
        self._runs: dict[str, Mapping[str, RunReport] | None] = {}
        self._followers: dict[str, asyncio.Task[None]] = {}

    def runs(self, container: str) -> Mapping[str, RunReport] | None:
        """The runs of a container; None while its supervisor was not heard."""
        return self._runs.get(container)

    def follow(self, container: str, key: str) -> None:
        """Follow the running container's output, unless that is being done; `key` is told of changes."""
        task = self._followers.get(container)
        if task is None or task.done():
            self._runs[container] = None
            self._followers[container] = asyncio.create_task(self._follow(container, key))

    def forget(self, container: str) -> None:
        """Stop following a container that stopped or went away."""
        if task := self._followers.pop(container, None):
            task.cancel()
        self._runs.pop(container, None)

    async def close(self) -> None:
        """Stop following everything."""
        tasks = list(self._followers.values())
        for container in list(self._followers):
            self.forget(container)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, container: str, key: str) -> None:
        try:
            async for line in self._runtime.output(container):
                old = self._runs.get(container)
                new = fold(old, line)
                if new != old:
                    self._runs[container] = new
                    self._changed(key)
        except RuntimeFailure as error:
            log.warning("%s: its output cannot be followed: %s", container, error)
            await asyncio.sleep(RETRY_PAUSE)
        # The next pass sees whether the container still runs, and follows it again if it does.
        self._changed(key)
