"""What instances report: the lines of their supervisors, followed and folded into the state of each run.

An instance's output holds the whole history of its runs, so following it from the beginning gives the present state,
also after a restart of the controller (docs/node-contract.md).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from localemr.domain.model.observed import EXITED, LOST, RUNNING, RunReport
from localemr.runtime.base import Runtime, RuntimeFailure

log = logging.getLogger(__name__)
RETRY_PAUSE = 0.5  # seconds


def fold(runs: Mapping[str, RunReport] | None, line: str) -> Mapping[str, RunReport] | None:
    """The runs after one more line. A boot line begins anew, since the supervisor then reports all it knows.

    Lines that are not whole are other programs': they change nothing.
    """
    try:
        said: Any = json.loads(line)
        if set(said) == {"boot"}:
            return {} if float(said["boot"]) else runs
        name, at, state = str(said["run"]), float(said["at"]), said["state"]
        started = float(said.get("started", at))
        code, note = said.get("code"), str(said.get("note", ""))
        code = None if code is None else int(code)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return runs
    before = (runs or {}).get(name)
    if state == RUNNING:
        report = RunReport(RUNNING, at)
    elif state in (EXITED, LOST):
        report = RunReport(state, before.started if before else started, at, code, note)
    else:
        return runs
    return {**(runs or {}), name: report}


class Reports:
    """Follows the output of containers; calls `changed(key)` when an instance said something new."""

    def __init__(self, runtime: Runtime, changed: Callable[[str], None]) -> None:
        self._runtime = runtime
        self._changed = changed
        self._runs: dict[str, Mapping[str, RunReport] | None] = {}
        self._listed: dict[str, frozenset[str]] = {}
        self._followers: dict[str, asyncio.Task[None]] = {}

    def runs(self, container: str) -> Mapping[str, RunReport] | None:
        """The runs of a container; None while its supervisor was not heard."""
        return self._runs.get(container)

    @property
    def known(self) -> set[str]:
        """Names of the containers whose reports are kept."""
        return set(self._runs)

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

    def drop(self, container: str, names: Collection[str]) -> None:
        """Forget what the container reported of these runs: it is not needed any more."""
        if runs := self._runs.get(container):
            self._runs[container] = {name: report for name, report in runs.items() if name not in names}

    def keep(self, key: str, containers: Collection[str]) -> None:
        """Forget the containers of `key` that are not among these: they are gone."""
        for container in self._listed.get(key, frozenset()) - frozenset(containers):
            self.forget(container)
        self._listed[key] = frozenset(containers)
        if not containers:
            del self._listed[key]

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
        except Exception:
            log.exception("%s: following its output failed", container)
            await asyncio.sleep(RETRY_PAUSE)
        # The next pass sees whether the container still runs, and follows it again if it does.
        self._changed(key)
