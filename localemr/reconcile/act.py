"""Instructions → calls of the runtime. Each may be carried out twice with the same outcome.

For one subject there are three parts: what must be there first, files, and what is done then. All files go in one call,
for which Docker starts a process: some 65 ms of processor time each.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from localemr.domain.model.application import Application, Catalog
from localemr.domain.model.instructions import (
    Configure,
    CreateInstance,
    EnsureNetwork,
    Instruction,
    RemoveInstance,
    RemoveNetwork,
    StartInstance,
    StartRun,
    StopRun,
)
from localemr.domain.model.records import Instance, Records
from localemr.domain.node.shared_catalog import ALIAS, uses_catalog
from localemr.reconcile.containers import Naming, changed_files, container_spec, initial_files, run_file, stop_file
from localemr.runtime.base import File, Runtime


@dataclass(frozen=True)
class Workshop:
    """What acting needs. `image` gives a release's node image; `s3_container` is attached to networks as `s3`, and so
    is `own_container`, where the controller runs in one. `start_catalog` has the shared catalog run, and gives its
    container's name: it is attached to the networks of clusters that use it.
    """

    runtime: Runtime
    naming: Naming
    catalog: Catalog
    image: Callable[[str], str]
    subnets: str
    s3_container: str
    own_container: str = ""
    start_catalog: Callable[[], Awaitable[str]] | None = None

    @property
    def attached(self) -> dict[str, str]:
        """Containers that belong into every cluster's network → their names there."""
        wanted = {self.s3_container: "s3", self.own_container: "controller"}
        return {container: alias for container, alias in wanted.items() if container}


def subject(instruction: Instruction, records: Records) -> str:
    """Whose trouble it is when the instruction fails: an instance's id, or the cluster's."""
    return getattr(instruction, "instance_id", records.cluster.id)


async def act(
    shop: Workshop, records: Records, applications: list[Application], instructions: Sequence[Instruction]
) -> None:
    """Carry out the instructions for one subject. Raises RuntimeFailure.

    The first runs of an instance that is being made lie in its container before that starts.
    """
    files: dict[str, File] = {}
    for instruction in instructions:
        await _prepare(shop, records, applications, instruction)
        files |= _files(shop, records, applications, instruction)
    if files:
        await shop.runtime.write(shop.naming.container(subject(instructions[0], records)), files)
    for instruction in instructions:
        await _finish(shop, records, applications, instruction)


async def _prepare(shop: Workshop, records: Records, applications: list[Application], instruction: Instruction) -> None:
    match instruction:
        case CreateInstance(instance_id):
            image = shop.image(records.cluster.spec.release_label)
            instance = _find(records, instance_id)
            spec = container_spec(shop.naming, image, records, instance, applications, shop.catalog)
            await shop.runtime.create(spec)
        case Configure() if uses_catalog(records, applications):
            await _ensure_network(shop, records, applications)


def _files(
    shop: Workshop, records: Records, applications: list[Application], instruction: Instruction
) -> Mapping[str, File]:
    match instruction:
        case CreateInstance(instance_id):
            return initial_files(records, _find(records, instance_id), applications, shop.catalog)
        case Configure(instance_id):
            return changed_files(records, _find(records, instance_id), applications, shop.catalog)
        case StartRun(_, run):
            return run_file(run)
        case StopRun(_, name, signal):
            return stop_file(name, signal)
    return {}


async def _finish(shop: Workshop, records: Records, applications: list[Application], instruction: Instruction) -> None:
    runtime, naming = shop.runtime, shop.naming
    match instruction:
        case EnsureNetwork():
            await _ensure_network(shop, records, applications)
        case CreateInstance(instance_id) | StartInstance(instance_id):
            await runtime.start(naming.container(instance_id))
        case RemoveInstance(instance_id):
            await runtime.remove(naming.container(instance_id))
        case RemoveNetwork():
            await runtime.remove_network(naming.network(records.cluster.id))


async def _ensure_network(shop: Workshop, records: Records, applications: list[Application]) -> None:
    labels, name = shop.naming.cluster_labels(records.cluster), shop.naming.network(records.cluster.id)
    attached = dict(shop.attached)
    if shop.start_catalog and uses_catalog(records, applications):
        attached[await shop.start_catalog()] = ALIAS
    await shop.runtime.ensure_network(name, labels, shop.subnets, attached)


def _find(records: Records, instance_id: str) -> Instance:
    return records.by_id[instance_id]
