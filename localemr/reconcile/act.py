"""Instructions → calls of the runtime. Each may be carried out twice with the same outcome.

All work for one instance in one pass is one call: in Docker, writing files starts a process, which costs some 65 ms of
processor time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from localemr.domain.model.application import Application
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.instructions import (
    Configure,
    CreateInstance,
    EnsureCluster,
    Instruction,
    RemoveCluster,
    RemoveInstance,
    StartInstance,
    StartRun,
    StopRun,
)
from localemr.domain.model.limits import Limit
from localemr.domain.model.names import cluster_range
from localemr.domain.model.records import Instance, Records
from localemr.domain.node.shared_catalog import ALIAS, uses_catalog
from localemr.reconcile.instances import (
    changed_files,
    cluster_annotations,
    initial_files,
    instance_spec,
    run_file,
    stop_file,
)
from localemr.reconcile.turns import Turns
from localemr.runtime.base import File, Runtime


@dataclass(frozen=True)
class Tools:
    """The dependencies of acting.

    `services` are the names of the services that every cluster must reach. `start_catalog` starts the shared catalog
    for a cluster, by its id. It is awaited for clusters that use the catalog; they must reach it too. `limits` returns
    those of EC2's capacity. `turns` are of all that makes files.
    """

    runtime: Runtime
    catalog: Catalog
    services: frozenset[str] = frozenset()
    start_catalog: Callable[[str], Awaitable[None]] | None = None
    limits: Callable[[], Sequence[Limit]] = tuple
    turns: Turns = field(default_factory=Turns)

    @property
    def all_services(self) -> frozenset[str]:
        """The services that a cluster may have to reach."""
        return self.services | ({ALIAS} if self.start_catalog else set())

    def services_of(
        self, records: Records, applications: Iterable[Application], requested: AbstractSet[str] = frozenset()
    ) -> frozenset[str]:
        """The services that this cluster, which has these applications, must reach; `requested` are those that its
        instances requested."""
        own = ALIAS in requested or uses_catalog(records, applications)
        return self.services | ({ALIAS} if self.start_catalog and own else set())


def subject(instruction: Instruction, records: Records) -> str:
    """The subject of the instruction: an instance's id, or the cluster's."""
    return getattr(instruction, "instance_id", records.cluster.id)


async def act(
    tools: Tools, records: Records, applications: list[Application], instructions: Sequence[Instruction]
) -> None:
    """Carry out the instructions for one subject. Raises RuntimeFailure."""
    name = subject(instructions[0], records)
    await tools.turns.next()
    files: dict[str, File] = {}
    for instruction in instructions:
        files |= _files(tools, records, applications, instruction)
    if any(isinstance(each, Configure) for each in instructions) and uses_catalog(records, applications):
        await _ensure_cluster(tools, records, applications)
    if any(isinstance(each, CreateInstance) for each in instructions):
        spec = instance_spec(records, _find(records, name), applications, tools.catalog)
        await tools.runtime.make(spec, files)
    elif files:
        await tools.runtime.send(name, files)
    for instruction in instructions:
        match instruction:
            case EnsureCluster(requested):
                await _ensure_cluster(tools, records, applications, requested)
            case StartInstance(instance_id):
                await tools.runtime.start(instance_id)
            case RemoveInstance(instance_id):
                await tools.runtime.remove(instance_id)
            case RemoveCluster():
                await tools.runtime.remove_cluster(records.cluster.id)


def _files(
    tools: Tools, records: Records, applications: list[Application], instruction: Instruction
) -> Mapping[str, File]:
    match instruction:
        case CreateInstance(instance_id):
            return initial_files(records, _find(records, instance_id), applications, tools.catalog)
        case Configure(instance_id):
            return changed_files(records, _find(records, instance_id), applications, tools.catalog)
        case StartRun(_, run):
            return run_file(run)
        case StopRun(_, name, signal):
            return stop_file(name, signal)
    return {}


async def _ensure_cluster(
    tools: Tools, records: Records, applications: list[Application], requested: AbstractSet[str] = frozenset()
) -> None:
    cluster, services = records.cluster, tools.services_of(records, applications, requested)
    if tools.start_catalog and ALIAS in services:
        await tools.start_catalog(cluster.id)
    hosts = cluster_range(cluster.id, tools.catalog.site.hosts)
    await tools.runtime.ensure_cluster(cluster.id, cluster_annotations(cluster), hosts, services)


def _find(records: Records, instance_id: str) -> Instance:
    return records.by_id[instance_id]
