"""A runtime without containers: for tests, and for users who ask for it. It keeps to the node contract.

Each container has a supervisor that starts the runs written into it and reports them. How a run ends is scripted by
`behaviour`, or by the run itself (`outcome`); faults are injected with `kill`, `available` and `refuse`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network
from typing import Any

from localemr.clock import Clock, RealClock
from localemr.runtime.base import Capacity, Container, ContainerSpec, Event, File, RuntimeFailure, RuntimeUnavailable
from localemr.runtime.labelled import Labelled

INBOX = "/var/lib/localemr"


@dataclass(frozen=True)
class Outcome:
    """How a run ends: with `code` after `delay` seconds; code None: it goes on until it is stopped."""

    code: int | None = 0
    delay: float = 0.0
    note: str = ""


Behaviour = Callable[[ContainerSpec, Mapping[str, Any]], Outcome]


def by_kind(spec: ContainerSpec, run: Mapping[str, Any]) -> Outcome:
    """The default: daemons go on, everything else ends well at once."""
    return Outcome(None) if run.get("daemon") else Outcome(0)


@dataclass
class _Fake:
    """A container; `runs` has the last line that was told of each run."""

    spec: ContainerSpec
    state: str = "created"
    exit_code: int | None = None
    exited_at: float | None = None
    files: dict[str, File] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class MemoryRuntime:
    """Fake containers. `fakes` may be read by tests: files, and the names of runs in the order of their start."""

    def __init__(self, behaviour: Behaviour = by_kind, clock: Clock | None = None) -> None:
        self.behaviour = behaviour
        self.available = True
        self.refuse: dict[str, str] = {}
        self.fakes = Labelled[_Fake]()
        self.made_networks = Labelled[str]()
        self.clock = clock or RealClock()
        self._listeners: list[asyncio.Queue[Event]] = []

    # ---- what tests do

    def kill(self, name: str, code: int = 137) -> None:
        """End a container as `docker kill` does."""
        fake = self.fakes[name]
        fake.state, fake.exit_code, fake.exited_at = "exited", code, self.clock.now()
        for run, line in fake.runs.items():
            if line["state"] == "running":
                fake.runs[run] = line | {"state": "lost", "at": self.clock.now(), "started": line["at"]}
        fake.changed.set()
        self._tell(fake, "die")

    def end_run(self, name: str, run: str, code: int = 0, note: str = "") -> None:
        """End a run that goes on."""
        fake = self.fakes[name]
        line = fake.runs.get(run, {})
        if fake.state == "running" and line.get("state") == "running":
            self._say(fake, run=run, state="exited", code=code, at=self.clock.now(), started=line["at"], note=note)

    def lose_run(self, name: str, run: str) -> None:
        """End a run because its container is going down, which is what this makes it say first."""
        fake = self.fakes[name]
        self._say(fake, run=run, state="lost", at=self.clock.now(), started=fake.runs[run]["at"])

    # ---- the protocol

    async def ensure_network(self, name: str, labels: Mapping[str, str], pool: str, attach: Mapping[str, str]) -> str:
        """See Runtime."""
        self._check("ensure_network")
        if name not in self.made_networks:
            # Nothing is routed here: two clusters may have the same subnet.
            first, number = ip_network(pool), len(self.made_networks)
            subnet = ip_network(f"{first.network_address}/24").network_address + 256 * (
                number % (first.num_addresses // 256)
            )
            self.made_networks.add(name, labels, f"{subnet}/24")
        return self.made_networks[name]

    async def networks(self, labels: Mapping[str, str]) -> Mapping[str, str]:
        """See Runtime."""
        self._check("networks")
        return self.made_networks.having(labels)

    async def remove_network(self, name: str) -> None:
        """See Runtime."""
        self._check("remove_network")
        self.made_networks.pop(name)

    async def create(self, spec: ContainerSpec) -> None:
        """See Runtime."""
        self._check("create")
        if spec.name not in self.fakes:
            self.fakes.add(spec.name, spec.labels, _Fake(spec))

    async def start(self, name: str) -> None:
        """See Runtime."""
        self._check("start")
        fake = self._find(name)
        if fake.state == "running":
            return
        fake.state, fake.exit_code, fake.exited_at = "running", None, None
        self._say(fake, boot=self.clock.now())
        for line in list(fake.runs.values()):
            self._say(fake, **line)
        self._tell(fake, "start")
        self._supervise(fake)

    async def write(self, name: str, files: Mapping[str, File]) -> None:
        """See Runtime."""
        self._check("write")
        fake = self._find(name)
        fake.files.update(files)
        if fake.state == "running":
            self._supervise(fake)

    async def containers(self, labels: Mapping[str, str]) -> list[Container]:
        """See Runtime."""
        self._check("containers")
        return [
            Container(fake.spec.name, fake.state, fake.spec.labels, fake.exit_code, fake.exited_at)
            for fake in self.fakes.having(labels).values()
        ]

    async def remove(self, name: str) -> None:
        """See Runtime."""
        self._check("remove")
        if fake := self.fakes.pop(name):
            fake.state = "gone"
            fake.changed.set()
            self._tell(fake, "destroy")

    async def output(self, name: str) -> AsyncIterator[str]:
        """See Runtime."""
        fake = self._find(name)
        told = 0
        while True:
            while told < len(fake.lines):
                told += 1
                yield fake.lines[told - 1]
            if fake.state != "running":
                return
            fake.changed.clear()
            await fake.changed.wait()

    async def events(self, labels: Mapping[str, str]) -> AsyncIterator[Event]:
        """See Runtime."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._listeners.append(queue)
        try:
            while True:
                event = await queue.get()
                if labels.items() <= event.labels.items():
                    yield event
        finally:
            self._listeners.remove(queue)

    async def capacity(self) -> Capacity:
        """See Runtime."""
        return Capacity(1 << 30, 1 << 10)

    async def close(self) -> None:
        """See Runtime."""

    # ---- inside

    def _check(self, verb: str) -> None:
        if not self.available:
            raise RuntimeUnavailable("the runtime does not answer")
        if verb in self.refuse:
            raise RuntimeFailure(self.refuse[verb])

    def _find(self, name: str) -> _Fake:
        if name not in self.fakes:
            raise RuntimeFailure(f"no such container: {name}")
        return self.fakes[name]

    def _supervise(self, fake: _Fake) -> None:
        for path, file in list(fake.files.items()):
            kind, _, name = path.removeprefix(f"{INBOX}/").partition("/")
            if kind == "runs" and name.removesuffix(".json") not in fake.runs:
                self._start_run(fake, json.loads(file.text))
            elif kind == "stop":
                del fake.files[path]
                self.end_run(fake.spec.name, name, 143 if file.text == "TERM" else 137)

    def _start_run(self, fake: _Fake, run: Mapping[str, Any]) -> None:
        name = str(run["name"])
        fake.started.append(name)
        self._say(fake, run=name, state="running", at=self.clock.now())
        planned = run.get("outcome")
        outcome = Outcome(**planned) if planned else self.behaviour(fake.spec, run)
        if outcome.code is not None:
            self.clock.later(outcome.delay, partial(self._end_later, fake, name, outcome.code, outcome.note))

    def _end_later(self, fake: _Fake, run: str, code: int, note: str) -> None:
        if self.fakes.get(fake.spec.name) is fake:
            self.end_run(fake.spec.name, run, code, note)

    def _say(self, fake: _Fake, **line: Any) -> None:
        fake.lines.append(json.dumps(line))
        if "run" in line:
            fake.runs[line["run"]] = line
        fake.changed.set()

    def _tell(self, fake: _Fake, action: str) -> None:
        for queue in self._listeners:
            queue.put_nowait(Event(fake.spec.name, fake.spec.labels, action))
