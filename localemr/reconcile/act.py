"""One instruction → calls of the runtime. Each may be carried out twice with the same outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from localemr.domain.application import Application, Catalog
from localemr.domain.instructions import (
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
from localemr.domain.records import Instance, Records
from localemr.domain.shared_catalog import ALIAS, uses_catalog
from localemr.reconcile.containers import Naming, changed_files, container_spec, initial_files, run_file, stop_file
from localemr.runtime.base import Runtime


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


async def act(shop: Workshop, records: Records, applications: list[Application], instruction: Instruction) -> None:
    """Carry out one instruction. Raises RuntimeFailure."""
    runtime, naming, cluster_id = shop.runtime, shop.naming, records.cluster.id
    match instruction:
        case EnsureNetwork():
            await _ensure_network(shop, records)
        case CreateInstance(instance_id):
            await _create(shop, records, applications, _find(records, instance_id))
        case StartInstance(instance_id):
            await runtime.start(naming.container(instance_id))
        case Configure(instance_id):
            if uses_catalog(records):
                await _ensure_network(shop, records)
            files = changed_files(records, _find(records, instance_id), applications, shop.catalog)
            await runtime.write(naming.container(instance_id), files)
        case StartRun(instance_id, run):
            await runtime.write(naming.container(instance_id), run_file(run))
        case StopRun(instance_id, name, signal):
            await runtime.write(naming.container(instance_id), stop_file(name, signal))
        case RemoveInstance(instance_id):
            await runtime.remove(naming.container(instance_id))
        case RemoveNetwork():
            await runtime.remove_network(naming.network(cluster_id))


async def _ensure_network(shop: Workshop, records: Records) -> None:
    labels, name = shop.naming.cluster_labels(records.cluster), shop.naming.network(records.cluster.id)
    attached = dict(shop.attached)
    if shop.start_catalog and uses_catalog(records):
        attached[await shop.start_catalog()] = ALIAS
    await shop.runtime.ensure_network(name, labels, shop.subnets, attached)


async def _create(shop: Workshop, records: Records, applications: list[Application], instance: Instance) -> None:
    image = shop.image(records.cluster.spec.release_label)
    spec = container_spec(shop.naming, image, records, instance, applications, shop.catalog)
    await shop.runtime.create(spec)
    await shop.runtime.write(spec.name, initial_files(records, instance, applications, shop.catalog))
    await shop.runtime.start(spec.name)


def _find(records: Records, instance_id: str) -> Instance:
    return next(instance for instance in records.instances if instance.id == instance_id)
