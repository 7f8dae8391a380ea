"""What every runtime has to do: the same tests for the memory runtime (tests/unit) and for Docker (tests/cluster).

A class of tests inherits from `RuntimeContract` and says how its runtime is made. Instances run nothing but their
supervisor and what the tests write.
"""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import pytest

from localemr.runtime.base import (
    ENDED,
    RUNNING,
    Entry,
    File,
    InstanceSpec,
    ListedInstance,
    Replay,
    RunEntry,
    Runtime,
    RuntimeFailure,
)

T = TypeVar("T")
CLUSTER, HOSTS, RELEASE = "j-1CONTRACT", "10.213.199.0/24", "emr-7.13.0"
INBOX = "/var/lib/localemr"
SECONDS = 30.0


def run_file(name: str, *argv: str) -> dict[str, File]:
    """A run of user root."""
    document = {"name": name, "argv": argv, "user": "root", "env": {}}
    return {f"{INBOX}/runs/{name}.json": File(json.dumps(document), mode=0o600)}


TEXT = "a text: über more than 63 characters, with blanks and signs, that is no label of Kubernetes'"


def spec(number: int = 10, peers: tuple[str, ...] = ()) -> InstanceSpec:
    """An instance whose name spells an address."""
    host = f"ip-10-213-199-{number}.ec2.internal"
    return InstanceSpec(f"ci-CONTRACT{number}", CLUSTER, RELEASE, host, peers, {"text": TEXT}, memory_mb=256, cpus=1.0)


async def until(look: Callable[[], Awaitable[T | None]], what: str) -> T:
    """What `look` finds in the end."""
    async with asyncio.timeout(SECONDS):
        while True:
            if (found := await look()) is not None:
                return found
            await asyncio.sleep(0.05)
    raise AssertionError(what)


class Follower:
    """Collects an instance's journal in the background."""

    def __init__(self, runtime: Runtime, name: str, since: int = 0) -> None:
        self.entries: list[Entry] = []
        self.task = asyncio.create_task(self._collect(runtime, name, since))

    async def _collect(self, runtime: Runtime, name: str, since: int) -> None:
        async for entry in runtime.journal(name, since):
            self.entries.append(entry)

    def state(self, run: str) -> str | None:
        """The last state of a run."""
        flat = [x for each in self.entries for x in (each.entries if isinstance(each, Replay) else (each,))]
        found = [each.state for each in flat if isinstance(each, RunEntry) and each.run == run]
        return found[-1] if found else None

    async def hear(self, run: str, state: str) -> None:
        """Return when this was reported."""

        async def look() -> bool | None:
            assert not self.task.done() or self.state(run) == state, self.entries
            return True if self.state(run) == state else None

        await until(look, f"{run} is not {state}: {self.entries}")

    async def stop(self) -> None:
        """Follow no more."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


class RuntimeContract(ABC):
    """The tests. `play` runs one over a runtime of which nothing is left afterwards."""

    chooses_addresses = True
    """Whether it chooses the addresses of instances, and knows that of the controller's machine."""

    @abstractmethod
    def make(self) -> Runtime:
        """A runtime, as a controller that has just started has it."""

    @abstractmethod
    async def kill(self, runtime: Runtime, name: str) -> None:
        """End an instance without the runtime."""

    @abstractmethod
    async def cut(self, runtime: Runtime, name: str) -> None:
        """Lose the log of an instance, if it has one."""

    def play(self, test: Callable[[Runtime], Awaitable[None]]) -> None:
        """Run a test."""

        async def body() -> None:
            runtime = self.make()
            try:
                await test(runtime)
            finally:
                for each in await runtime.instances(CLUSTER):
                    await runtime.remove(each.name)
                await runtime.remove_cluster(CLUSTER)
                await runtime.close()

        asyncio.run(body())

    @asynccontextmanager
    async def following(self, runtime: Runtime, name: str, since: int = 0) -> AsyncIterator[Follower]:
        """A follower for the time of a block."""
        follower = Follower(runtime, name, since)
        try:
            yield follower
        finally:
            await follower.stop()

    async def _up(self, runtime: Runtime, *specs: InstanceSpec) -> None:
        await runtime.ensure_cluster(CLUSTER, {"text": "a cluster"}, HOSTS, ())
        for each in specs:
            await runtime.make(each, {})
            await self._running(runtime, each.name)

    async def _running(self, runtime: Runtime, name: str) -> ListedInstance:
        async def look() -> ListedInstance | None:
            found = [each for each in await runtime.instances(CLUSTER) if each.name == name]
            return found[0] if found and found[0].state == RUNNING and found[0].address else None

        return await until(look, f"{name} does not run")

    def test_a_cluster_is_there_from_ensure_to_remove(self) -> None:
        async def test(runtime: Runtime) -> None:
            assert await runtime.cluster(CLUSTER, ()) is None
            for _ in range(2):
                await self._up(runtime)
            shared = await runtime.cluster(CLUSTER, ())
            assert shared is not None and not shared.detached
            assert bool(shared.host_address) == self.chooses_addresses
            for _ in range(2):
                await runtime.remove_cluster(CLUSTER)
            assert await runtime.cluster(CLUSTER, ()) is None

        self.play(test)

    def test_an_instance_starts_with_its_first_files_and_is_listed(self) -> None:
        async def test(runtime: Runtime) -> None:
            await self._up(runtime)
            one = spec()
            for _ in range(2):
                await runtime.make(one, run_file("first", "true"))
            found = await self._running(runtime, one.name)
            assert (found.cluster, found.annotations["text"]) == (CLUSTER, one.annotations["text"])
            if self.chooses_addresses:
                assert found.address == "10.213.199.10", "it takes what its name spells, where that is free"
            async with self.following(runtime, one.name) as follower:
                await follower.hear("first", "exited")
            assert [each.name for each in await runtime.instances()] == [one.name]

        self.play(test)

    def test_files_of_an_instance_are_read(self) -> None:
        async def test(runtime: Runtime) -> None:
            one = spec()
            await self._up(runtime, one)
            await self._running(runtime, one.name)
            long = "line é\n" * 100_000
            await runtime.send(one.name, {"/var/log/a b": File("abc\ndef\n"), "/var/log/long": File(long)})

            async def read(path: str, start: int = 0) -> bytes:
                return b"".join([each async for each in runtime.read(one.name, path, start)])

            for start, text in (
                (0, b"abc\ndef\n"),
                (2, b"c\ndef\n"),
                (-4, b"def\n"),
                (-100, b"abc\ndef\n"),
                (8, b""),
                (9, b""),
            ):
                assert await read("/var/log/a b", start) == text, start
            assert await read("/var/log/long") == long.encode()
            with pytest.raises(FileNotFoundError):
                await read("/var/log/none")
            with pytest.raises(RuntimeFailure):
                [each async for each in runtime.read("ci-NONE", "/var/log/none")]

        self.play(test)

    def test_files_that_are_sent_start_runs_once(self) -> None:
        async def test(runtime: Runtime) -> None:
            one = spec()
            await self._up(runtime, one)
            async with self.following(runtime, one.name) as follower:
                for _ in range(2):
                    await runtime.send(one.name, run_file("a", "true"))
                await follower.hear("a", "exited")
                await runtime.send(one.name, run_file("b", "true"))
                await follower.hear("b", "exited")
                runs = [each for each in follower.entries if isinstance(each, RunEntry) and each.run == "a"]
                assert [each.state for each in runs] == ["running", "exited"]

        self.play(test)

    def test_numbers_are_followed_without_a_gap(self) -> None:
        async def test(runtime: Runtime) -> None:
            one = spec()
            await self._up(runtime, one)
            async with self.following(runtime, one.name) as follower:
                await runtime.send(one.name, run_file("a", "true"))
                await follower.hear("a", "exited")
                numbers = [each.number for each in follower.entries if not isinstance(each, Replay)]
                assert numbers == list(range(1, len(numbers) + 1))
                last = numbers[-1]
            async with self.following(runtime, one.name, last) as follower:
                await runtime.send(one.name, run_file("b", "true"))
                await follower.hear("b", "exited")
                assert follower.state("a") is None, "it is below the last number"

        self.play(test)

    def test_another_controller_hears_everything_whatever_became_of_the_log(self) -> None:
        async def test(runtime: Runtime) -> None:
            one = spec()
            await self._up(runtime, one)
            async with self.following(runtime, one.name) as follower:
                await runtime.send(one.name, run_file("a", "true"))
                await follower.hear("a", "exited")
            await self.cut(runtime, one.name)
            async with self.following(runtime, one.name) as follower:
                await follower.hear("a", "exited")
                await runtime.send(one.name, run_file("b", "true"))
                await follower.hear("b", "exited")

        self.play(test)

    def test_an_instance_that_ended_is_listed_so_and_can_be_started_again(self) -> None:
        async def test(runtime: Runtime) -> None:
            one = spec()
            await self._up(runtime, one)
            async with self.following(runtime, one.name) as follower:
                await runtime.send(one.name, run_file("a", "true"))
                await follower.hear("a", "exited")
                await self.kill(runtime, one.name)
                await asyncio.wait_for(follower.task, SECONDS)  # the journal ends
            (found,) = await runtime.instances(CLUSTER)
            assert (found.state, found.exit_code, found.killed) == (ENDED, 137, True)
            assert found.ended is not None
            if not runtime.restarts:
                return
            for _ in range(2):
                await runtime.start(one.name)
            await self._running(runtime, one.name)
            async with self.following(runtime, one.name) as follower:
                await follower.hear("a", "exited")

        self.play(test)

    def test_what_is_removed_is_gone(self) -> None:
        async def test(runtime: Runtime) -> None:
            one = spec()
            await self._up(runtime, one)
            for _ in range(2):
                await runtime.remove(one.name)
            assert await runtime.instances(CLUSTER) == []
            with pytest.raises(RuntimeFailure):
                await runtime.send(one.name, run_file("a", "true"))

        self.play(test)

    def test_changes_are_reported(self) -> None:
        async def test(runtime: Runtime) -> None:
            heard = list[tuple[str | None, str]]()

            async def listen() -> None:
                with suppress(RuntimeFailure):
                    async for event in runtime.events():
                        heard.append((event.cluster, event.name))

            listening = asyncio.create_task(listen())
            await asyncio.sleep(0.2)
            one = spec()
            await self._up(runtime, one)

            async def look() -> bool | None:
                return True if (CLUSTER, one.name) in heard else None

            await until(look, f"no event of the instance: {heard}")
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

        self.play(test)

    def test_machines_have_memory_and_processors(self) -> None:
        async def test(runtime: Runtime) -> None:
            machines = await runtime.capacity()
            assert machines and all(each.memory_mb > 0 and each.cpus > 0 for each in machines)

        self.play(test)
