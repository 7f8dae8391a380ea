"""What pods and nodes of Kubernetes mean for LocalEMR: states, reasons, sizes. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lightkube.models.core_v1 import ContainerStatus
from lightkube.resources.core_v1 import Node, Pod

from localemr.runtime.base import ENDED, MADE, ORDERLY_EXITS, RUNNING, ListedInstance, Machine
from localemr.runtime.kubernetes.manifests import CLUSTER, INSTANCE, PREFIX

NO_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"})
"""Reasons for which a container waits because its image cannot be had."""
KEEPS_OUT = frozenset({"NoSchedule", "NoExecute"})
"""Effects of taints, which instances do not tolerate."""
FACTORS = {
    "": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50,
}  # fmt: skip
"""Kubernetes' suffixes of quantities."""


@dataclass(frozen=True)
class Obstacle:
    """Why a pod does not run yet: no machine has room for it (`room`), or its image cannot be had. `since` is epoch
    seconds; `message` is Kubernetes'."""

    room: bool
    message: str
    since: float


def listed(pod: Pod, node: Node | None) -> ListedInstance:
    """A pod as an instance. `node` is its machine. None: it is not known."""
    labels, annotations = _labels(pod), (pod.metadata.annotations if pod.metadata else None) or {}
    state, address = state_of(pod, node), (pod.status.podIP if pod.status else None) or None
    code, ended = _end(pod) if state == ENDED else (None, None)
    reach: dict[int, tuple[str, int]] = {}
    if address and state == RUNNING:
        reach = {port: (address, port) for port in _ports(pod)}
    return ListedInstance(
        labels.get(INSTANCE, ""),
        labels.get(CLUSTER, ""),
        state,
        {key.removeprefix(PREFIX): value for key, value in annotations.items() if key.startswith(PREFIX)},
        code,
        ended,
        address if state == RUNNING else None,
        reach,
        killed=code is not None and code not in ORDERLY_EXITS,
        why=_why(pod, node) if state == ENDED else "",
    )


def state_of(pod: Pod, node: Node | None) -> str:
    """MADE, RUNNING or ENDED.

    A pod of a machine that stopped answering stays Running for ever. Kubernetes deletes it, which only the machine
    itself could complete: then it is lost.
    """
    phase = pod.status.phase if pod.status else None
    if phase in ("Failed", "Succeeded"):
        return ENDED
    if pod.metadata and pod.metadata.deletionTimestamp and node is not None and not is_ready(node):
        return ENDED
    return RUNNING if phase == "Running" else MADE


def obstacle(pod: Pod, now: float) -> Obstacle | None:
    """Why a pod that was made does not run yet. None: it is on its way, or runs."""
    status = pod.status
    if status is None or status.phase != "Pending":
        return None
    created = seconds(pod.metadata.creationTimestamp) if pod.metadata else None
    for each in status.conditions or ():
        if each.type == "PodScheduled" and each.status == "False" and each.reason == "Unschedulable":
            return Obstacle(True, each.message or "no machine has room", created or now)
    for container in status.containerStatuses or ():
        waiting = container.state.waiting if container.state else None
        if waiting and waiting.reason in NO_IMAGE:
            since = seconds(status.startTime) or created or now
            return Obstacle(False, f"{container.image}: {waiting.message or waiting.reason}", since)
    return None


def is_ready(node: Node) -> bool:
    """Whether the machine answers."""
    conditions = (node.status.conditions if node.status else None) or ()
    return any(each.type == "Ready" and each.status == "True" for each in conditions)


def machine(node: Node) -> Machine | None:
    """The machine's sizes. None: instances cannot run on it."""
    spec = node.spec
    kept_out = spec and (spec.unschedulable or any(each.effect in KEEPS_OUT for each in spec.taints or ()))
    if kept_out or not is_ready(node):
        return None
    offered: Mapping[str, str] = (node.status.allocatable if node.status else None) or {}
    memory, cpus = quantity(offered.get("memory", "0")), quantity(offered.get("cpu", "0"))
    return Machine(int(memory / 2**20), max(int(cpus), 1))


def quantity(text: str) -> float:
    """The value of a quantity as Kubernetes writes it: `250m`, `1900Mi`, `2`. Raises ValueError."""
    digits = text.rstrip("kKMGTPim")
    return float(digits) * FACTORS[text[len(digits) :]]


def seconds(at: datetime | None) -> float | None:
    """Epoch seconds."""
    return None if at is None else at.timestamp()


def _end(pod: Pod) -> tuple[int | None, float | None]:
    """Exit code and time of a pod's container. None: not known."""
    for each in _containers(pod):
        if each.state and (found := each.state.terminated):
            return found.exitCode, seconds(found.finishedAt)
    return None, None


def _why(pod: Pod, node: Node | None) -> str:
    """Why an instance ended, where its exit code does not say it."""
    name = pod.spec.nodeName if pod.spec else None
    if pod.status and pod.status.reason:
        return f"{pod.status.reason} on machine {name}: {pod.status.message or 'no message'}"
    if node is not None and not is_ready(node):
        return f"its machine {name} stopped answering"
    for each in _containers(pod):
        if each.state and each.state.terminated and each.state.terminated.reason == "OOMKilled":
            return "its memory ran out"
    return ""


def _containers(pod: Pod) -> Iterable[ContainerStatus]:
    return (pod.status.containerStatuses if pod.status else None) or ()


def _ports(pod: Pod) -> list[int]:
    containers = pod.spec.containers if pod.spec else ()
    return [port.containerPort for each in containers for port in each.ports or ()]


def _labels(pod: Pod) -> Mapping[str, str]:
    return (pod.metadata.labels if pod.metadata else None) or {}
