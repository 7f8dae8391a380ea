"""Objects and machines of an imitation of Kubernetes (tests/kubernetes_api.py).

Objects have versions, owners and deletions as in Kubernetes. A pod that has a machine and its Secret is a node of the
memory runtime, which gets the files that the pod's command would unpack.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from localemr.clock import RealClock
from localemr.runtime.base import RUNNING, File, InstanceSpec
from localemr.runtime.memory_node import MemoryNode, by_kind

KINDS = {"pods": "Pod", "secrets": "Secret", "services": "Service", "nodes": "Node"}
Object = dict[str, Any]
LIMIT = 1 << 20
"""Bytes of a Secret's data."""


class ApiError(Exception):
    """An answer that is an error."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        self.status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason}
        self.status["message"] = message
        self.code = code


class Cluster:
    """The objects, machines and pods' insides. Its methods run in the server's thread (`Server.do`)."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Object]] = {kind: {} for kind in KINDS}
        self.version = 10
        self.oldest = 0
        """Watches from an older version are refused with 410."""
        self.history: list[tuple[int, str, str, Object]] = []
        self.calls: list[tuple[str, str]] = []
        """Verb and resource of each request, in RBAC's words."""
        self.insides: dict[str, MemoryNode] = {}
        self.refused: dict[str, ApiError] = {}
        """Refusals of creations, by kind."""
        self.full = ""
        """The scheduler's message while no machine has room."""
        self.slow = False
        """Whether pods are neither placed nor started."""
        self.no_image = ""
        """The kubelet's reason while images cannot be pulled."""
        self.silent: set[str] = set()
        """Pods in which no command ends."""
        self.changed = asyncio.Event()
        self.closed = False
        """Whether all watches and logs end."""
        self._next = 10
        self.add_machine("m-1")

    # ---- objects

    def add_machine(self, name: str, **spec: Any) -> None:
        """A machine that is ready, with 4 processors and 8 GiB."""
        ready = {"type": "Ready", "status": "True"}
        offered = {"cpu": "3920m", "memory": "8155756Ki", "pods": "110"}
        made = {"metadata": {"name": name}, "spec": spec, "status": {"conditions": [ready], "allocatable": offered}}
        self.store("nodes", "ADDED", made)

    def store(self, kind: str, change: str, found: Object) -> Object:
        """Keep a new state of an object, and tell the watches."""
        self.version += 1
        metadata = found["metadata"]
        metadata.setdefault("uid", f"uid-{self.version}")
        metadata.setdefault("creationTimestamp", stamp())
        metadata["resourceVersion"] = str(self.version)
        named = {"apiVersion": "v1", "kind": KINDS[kind], **found}
        if change == "DELETED":
            self.objects[kind].pop(metadata["name"], None)
        else:
            self.objects[kind][metadata["name"]] = named
        self.history.append((self.version, kind, change, json.loads(json.dumps(named))))
        self.wake()
        return named

    def wake(self) -> None:
        """Have all watches and logs look again."""
        self.changed.set()
        self.changed = asyncio.Event()

    def find(self, kind: str, name: str) -> Object:
        """Raises ApiError 404."""
        if name not in self.objects[kind]:
            raise ApiError(404, "NotFound", f'{kind} "{name}" not found')
        return self.objects[kind][name]

    def create(self, kind: str, made: Object) -> Object:
        """Raises ApiError for what exists, and for what was to be refused."""
        name = made["metadata"]["name"]
        if refusal := self.refused.get(kind):
            raise refusal
        if name in self.objects[kind]:
            raise ApiError(409, "AlreadyExists", f'{kind} "{name}" already exists')
        if sum(map(len, made.get("data", {}).values())) > LIMIT:
            raise ApiError(
                422, "Invalid", f'Secret "{name}" is invalid: data: Too long: must have at most 1048576 bytes'
            )
        if kind == "pods":
            made["status"] = {"phase": "Pending"}
        found = self.store(kind, "ADDED", made)
        self.settle()
        return found

    def delete(self, kind: str, name: str) -> None:
        """Delete it and what it owns. Raises ApiError 404."""
        found = self.find(kind, name)
        if kind == "pods" and (inside := self.insides.pop(name, None)):
            inside.vanish()
        self.store(kind, "DELETED", found)
        for owned in ("pods", "secrets"):
            for each in list(self.objects[owned].values()):
                owners = each["metadata"].get("ownerReferences", ())
                if any(owner["uid"] == found["metadata"]["uid"] for owner in owners):
                    self.delete(owned, each["metadata"]["name"])

    def compact(self) -> None:
        """Forget all changes until now."""
        self.oldest = self.version
        self.history.clear()

    # ---- machines

    def settle(self) -> None:
        """What scheduler and kubelets do about pods that wait."""
        for pod in list(self.objects["pods"].values()):
            if pod["status"]["phase"] == "Pending" and not self.slow:
                self._settle(pod)

    def _settle(self, pod: Object) -> None:
        name, status = pod["metadata"]["name"], pod["status"]
        if self.full:
            reason = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": self.full}
            self._change(pod, {"conditions": [reason]})
            return
        status["conditions"] = [{"type": "PodScheduled", "status": "True"}]
        pod["spec"].setdefault("nodeName", self._machine())
        secret = pod["spec"]["volumes"][0]["secret"]["secretName"]
        if self.no_image:
            waiting = {"reason": self.no_image, "message": "not found"}
            status = container_status({"waiting": waiting})
            self._change(pod, {"startTime": stamp(), "containerStatuses": [status]})
            return
        if secret in self.objects["secrets"]:
            self._boot(pod, base64.b64decode(self.objects["secrets"][secret]["data"]["files.tar.gz"]))
            self._next += 1
            self._change(pod, {"phase": "Running", "podIP": f"10.244.0.{self._next}"})
            assert self.insides[name].state == RUNNING

    def _machine(self) -> str:
        """The machine that is ready and has the fewest pods."""
        used = [each["spec"].get("nodeName") for each in self.objects["pods"].values()]
        nodes = self.objects["nodes"].values()
        ready = [each["metadata"]["name"] for each in nodes if each["status"]["conditions"][0]["status"] == "True"]
        return min(ready, key=lambda name: (used.count(name), name))

    def _boot(self, pod: Object, archive: bytes) -> None:
        labels, name = pod["metadata"]["labels"], pod["metadata"]["name"]
        spec = InstanceSpec(labels["localemr.instance"], labels["localemr.cluster"], "", pod["spec"]["hostname"])
        inside = self.insides[name] = MemoryNode(spec, RealClock(), 0.0, by_kind, lambda: self.wake())
        inside.write(unpacked(archive))
        inside.boot()

    def _change(self, pod: Object, status: Mapping[str, Any]) -> None:
        if any(pod["status"].get(key) != value for key, value in status.items()):
            pod["status"].update(status)
            self.store("pods", "MODIFIED", pod)

    def end(self, name: str, code: int, reason: str = "Error") -> None:
        """The pod's container ends."""
        pod = self.find("pods", name)
        self.insides[name].kill(code)
        state = {"terminated": {"exitCode": code, "finishedAt": stamp(), "reason": reason}}
        status = container_status(state)
        self._change(pod, {"phase": "Failed" if code else "Succeeded", "containerStatuses": [status]})

    def delete_later(self, name: str) -> None:
        """Kubernetes deletes a pod, whose kubelet has not ended it yet."""
        pod = self.find("pods", name)
        pod["metadata"]["deletionTimestamp"] = stamp(30)
        self.store("pods", "MODIFIED", pod)

    def stop_machine(self, name: str, deletes: bool = True) -> None:
        """The machine stops answering: Kubernetes says so, and deletes its pods, which never completes."""
        node = self.find("nodes", name)
        node["status"]["conditions"] = [{"type": "Ready", "status": "Unknown"}]
        self.store("nodes", "MODIFIED", node)
        for pod in list(self.objects["pods"].values()) if deletes else ():
            if pod["spec"].get("nodeName") == name:
                self.delete_later(pod["metadata"]["name"])


def container_status(state: Object) -> Object:
    """What a kubelet says of a pod's container."""
    return {"name": "node", "image": "image", "imageID": "", "restartCount": 0, "ready": False, "state": state}


def stamp(later: float = 0) -> str:
    """The time as Kubernetes writes it."""
    return (datetime.now(UTC) + timedelta(seconds=later)).strftime("%Y-%m-%dT%H:%M:%SZ")


def unpacked(archive: bytes) -> dict[str, File]:
    """The files of a tar, compressed or not."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as found:
        members = {each.name: found.extractfile(each) for each in found}
        return {f"/{name}": File(file.read().decode()) for name, file in members.items() if file}


def selected(found: Object, selector: str) -> bool:
    """Whether the labels fit a selector of `key=value` and `key`."""
    labels = found["metadata"].get("labels", {})
    wanted = [each.partition("=") for each in selector.split(",") if each]
    return all(labels.get(key) == value if equals else key in labels for key, equals, value in wanted)
