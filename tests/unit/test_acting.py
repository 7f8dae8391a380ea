"""Calls of the runtime for decided instructions: few calls, and the first runs before the first start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

from localemr.domain.model.instructions import CreateInstance, Run, StartRun, StopRun
from localemr.domain.model.records import BootstrapAction, ClusterSpec
from localemr.reconcile.act import Tools, act
from localemr.reconcile.instances import INBOX
from localemr.reconcile.requested_runs import RequestedRuns
from localemr.runtime.base import Boot, Entry, File, InstanceSpec, Replay
from localemr.runtime.memory import MemoryRuntime
from localemr.runtime.memory_node import AGAIN
from tests.world import CATALOG, World, make_records


class Watched(MemoryRuntime):
    """Notes the calls that change containers: each container's, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.specs: dict[str, InstanceSpec] = {}
        self.calls: dict[str, list[str]] = {}
        self.written: dict[str, list[list[str]]] = {}

    async def make(self, spec: InstanceSpec, files: Mapping[str, File]) -> None:
        self.specs[spec.name] = spec
        self.calls.setdefault(spec.name, []).append("make")
        self.written.setdefault(spec.name, []).append(list(files))
        await super().make(spec, files)

    async def send(self, name: str, files: Mapping[str, File]) -> None:
        if set(files) != {AGAIN}:  # the runtime's own
            self.calls[name].append("send")
            self.written.setdefault(name, []).append(list(files))
        await super().send(name, files)


def brought_up(spec: ClusterSpec | None = None, core: int = 1) -> tuple[Watched, World]:
    runtime = Watched()
    world = World(runtime=runtime)

    async def body() -> None:
        world.store.add_cluster(make_records(core=core, spec=spec))
        await world.settle()

    asyncio.run(body())
    return runtime, world


def runs_in(paths: list[str]) -> set[str]:
    return {path.removeprefix(f"{INBOX}/runs/").removesuffix(".json") for path in paths if "/runs/" in path}


def test_an_instance_starts_with_its_daemons_in_one_call() -> None:
    runtime, world = brought_up()
    core = world.container("CORE")
    assert runtime.calls[core][0] == "make"
    assert runs_in(runtime.written[core][0]) == {"hadoop-hdfs-datanode.1", "hadoop-yarn-nodemanager.1"}
    assert "/etc/hadoop/conf/core-site.xml" in runtime.written[core][0]
    assert not [paths for paths in runtime.written[core][1:] if runs_in(paths)]


def test_with_bootstrap_actions_it_starts_with_the_first_of_them_alone() -> None:
    actions = (BootstrapAction("one", "s3://b/one"), BootstrapAction("two", "s3://b/two"))
    runtime, world = brought_up(ClusterSpec("t", "emr-7.13.0", ("Spark",), keep_alive=True, bootstrap_actions=actions))
    core = world.container("CORE")
    assert [runs_in(paths) for paths in runtime.written[core] if runs_in(paths)] == [
        {"bootstrap-1"}, {"bootstrap-2"}, {"hadoop-hdfs-datanode.1", "hadoop-yarn-nodemanager.1"},
    ]  # fmt: skip


def test_others_know_the_master_before_it_runs() -> None:
    runtime, world = brought_up(core=2)
    master = runtime.specs[world.container("MASTER")]
    assert master.peers == ()
    assert len(runtime.specs) == 3
    for spec in runtime.specs.values():
        assert spec is master or spec.peers == (master.host,)


def test_what_is_written_for_one_instance_is_written_at_once_and_before_it_starts() -> None:
    _, world = brought_up()
    records, runtime = world.records(), Watched()
    tools = Tools(runtime, CATALOG)
    core = next(each.id for each in records.instances if each.spec.role == "CORE")
    runs = [StopRun(core, "a"), StartRun(core, Run("b", ("true",))), StartRun(core, Run("c", ("true",)))]

    async def body() -> None:
        await act(tools, records, list(CATALOG.applications.values()), [CreateInstance(core), *runs[:2]])
        await act(tools, records, [], runs[2:])

    asyncio.run(body())
    name = core
    assert runtime.calls[name] == ["make", "send"]
    assert runtime.written[name][0][-2:] == [f"{INBOX}/stop/a", f"{INBOX}/runs/b.json"]
    assert runtime.written[name][1] == [f"{INBOX}/runs/c.json"]
    assert runtime.nodes[name].started == ["b", "c"]


class Slow(Watched):
    """Instances that tell of their runs only when `shown` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = asyncio.Event()

    async def journal(self, name: str, since: int = 0) -> AsyncIterator[Entry]:
        async for entry in super().journal(name, since):
            if isinstance(entry, Replay):
                yield Boot(1, 0.0)
            if not isinstance(entry, Boot):
                await self.shown.wait()
            yield entry


def test_a_run_without_a_report_is_not_requested_again() -> None:
    async def body() -> None:
        runtime = Slow()
        world = World(runtime=runtime)
        world.store.add_cluster(make_records())
        await world.settle()
        core = world.container("CORE")
        daemons = {"hadoop-hdfs-datanode.1", "hadoop-yarn-nodemanager.1"}
        assert [runs_in(paths) for paths in runtime.written[core]] == [daemons]
        # Another controller does not know what this one wrote.
        await world.restart()
        await world.settle()
        assert [runs_in(paths) for paths in runtime.written[core]] == [daemons, daemons]
        runtime.shown.set()
        assert (await world.settle()).cluster.status.state == "WAITING"
        assert set(runtime.nodes[core].started) == daemons

    asyncio.run(body())


def test_an_instance_that_is_made_again_is_looked_at_again() -> None:
    runs, wanted = RequestedRuns(), [CreateInstance("ci-1"), StartRun("ci-1", Run("a", ("true",)))]
    other = StartRun("ci-2", Run("a", ("true",)))
    runs.note("j-1", [*wanted, other])
    assert runs.without_requested("j-1", [wanted[1], other, StopRun("ci-1", "a")]) == [StopRun("ci-1", "a")]
    assert runs.without_requested("j-1", [*wanted, other]) == wanted
    runs.note("j-1", wanted)
    runs.forget("j-1")
    assert runs.without_requested("j-1", [other]) == [other]
