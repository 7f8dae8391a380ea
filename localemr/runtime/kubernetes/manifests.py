"""Objects of Kubernetes that the runtime creates, as data: a Service for a cluster, a Secret and a pod for an
instance.

Names are those of LocalEMR in small letters, after the installation's. The Service owns the pods and the Secrets of its
cluster, so nothing of a cluster outlives it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localemr.runtime.archives import compressed
from localemr.runtime.base import LABEL, File, InstanceSpec

CLUSTER, INSTANCE = "localemr.cluster", "localemr.instance"
"""Labels: an id's letters and digits are those of labels."""
PREFIX = "localemr.note/"
"""Annotations have this prefix; their values are any text."""
INSTALLATION = re.compile(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?")
CONTAINER = "node"
FIRST, ARCHIVE = "/run/localemr-first", "files.tar.gz"
"""Where the Secret is in the pod, and its key."""
UNPACKED = "/run/localemr-unpacked"
"""Exists once the first files are there: files that are sent then do not meet older ones."""
GRACE = 15
"""Seconds in which the supervisor ends its runs when Kubernetes ends the pod (docs/node-contract.md has 13)."""

START = f"""set -eu
tar -xzf {FIRST}/{ARCHIVE} -C /
: > {UNPACKED}
set_host() {{
  others=$(grep -v "^$1[[:space:]]" /etc/hosts || true)
  printf '%s\\n%s %s %s\\n' "$others" "$1" "$2" "${{2%%.*}}" > /etc/hosts
}}
found=$(getent ahostsv4 "$(uname -n)")
set_host "${{found%% *}}" "$1"
service=$2
shift 2
for peer; do
  until found=$(getent ahostsv4 "${{peer%%.*}}.$service"); do sleep 0.2; done
  set_host "${{found%% *}}" "$peer"
done
exec /usr/lib/localemr/supervisor
"""
"""The pod's command. Its arguments: the instance's host name, the Service's name, host names of peers.

/etc/hosts, which Kubernetes mounts, gets the names that LocalEMR chose; a pod's address never changes. A peer's address
comes from the Service as soon as the peer's pod has one.
"""
WAIT_AND_UNPACK = f"until [ -e {UNPACKED} ]; do sleep 0.1; done; exec tar -xf - -C /"
"""The command that takes files which are sent later."""

LOST_MACHINES = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
"""Taints of a machine that stopped answering. Pods stay on it for 300 s unless they tolerate less."""


@dataclass(frozen=True)
class Namer:
    """Names and labels of an installation's objects. Raises ValueError for an installation that no object can be named
    after."""

    installation: str

    def __post_init__(self) -> None:
        if not INSTALLATION.fullmatch(self.installation):
            raise ValueError(
                f"LOCALEMR_INSTALLATION={self.installation!r}: on Kubernetes, small letters, digits and hyphens, "
                "at most 30, a letter first"
            )

    def object(self, name: str) -> str:
        """The name of a cluster's or an instance's objects."""
        return f"{self.installation}-{name.lower()}"

    def labels(self, cluster: str = "", instance: str = "") -> dict[str, str]:
        """Labels; those that are empty are left out."""
        found = {LABEL: self.installation, CLUSTER: cluster, INSTANCE: instance}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True)
class Sizes:
    """How much of an instance's processors it reserves: its request is this share of its limit."""

    cpu_share: float = 0.1


def service(namer: Namer, cluster: str, annotations: Mapping[str, str]) -> dict[str, Any]:
    """A cluster's Service: gives its pods names, also before they are ready. It has no address of its own."""
    return {
        "metadata": {
            "name": namer.object(cluster),
            "labels": namer.labels(cluster),
            "annotations": _notes(annotations),
        },
        "spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": True,
            "selector": namer.labels(cluster),
        },
    }


def secret(namer: Namer, spec: InstanceSpec, owner: str, files: Mapping[str, File]) -> dict[str, Any]:
    """The first files of an instance. `owner` is the uid of the cluster's Service."""
    return {
        "metadata": _metadata(namer, spec, owner),
        "immutable": True,
        "data": {ARCHIVE: base64.b64encode(compressed(files)).decode()},
    }


def pod(namer: Namer, spec: InstanceSpec, owner: str, image: str, sizes: Sizes) -> dict[str, Any]:
    """An instance. `owner` is the uid of the cluster's Service."""
    metadata = _metadata(namer, spec, owner)
    metadata["annotations"] = _notes(spec.annotations)
    same_cluster = {"matchLabels": namer.labels(spec.cluster)}
    return {
        "metadata": metadata,
        "spec": {
            "hostname": spec.host.partition(".")[0],
            "subdomain": namer.object(spec.cluster),
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": GRACE,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            # As elsewhere: with Kubernetes' 5 each name with fewer dots is first looked for below the search domains.
            "dnsConfig": {"options": [{"name": "ndots", "value": "1"}]},
            "tolerations": [
                {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 0}
                for key in LOST_MACHINES
            ],
            # DoNotSchedule counts machines that are off.
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "kubernetes.io/hostname",
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": same_cluster,
                }
            ],
            "containers": [_container(namer, spec, image, sizes)],
            "volumes": [{"name": "first", "secret": {"secretName": namer.object(spec.name), "defaultMode": 0o400}}],
        },
    }


def _container(namer: Namer, spec: InstanceSpec, image: str, sizes: Sizes) -> dict[str, Any]:
    return {
        "name": CONTAINER,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["/bin/sh", "-c", START, "localemr-start", spec.host, namer.object(spec.cluster), *spec.peers],
        "env": [{"name": name, "value": value} for name, value in spec.env.items()],
        "ports": [{"containerPort": port} for port in spec.ports],
        "resources": _resources(spec, sizes),
        "volumeMounts": [{"name": "first", "mountPath": FIRST, "readOnly": True}],
    }


def _resources(spec: InstanceSpec, sizes: Sizes) -> dict[str, dict[str, str]]:
    limits, requests = dict[str, str](), dict[str, str]()
    if spec.memory_mb:
        # What is over the request is taken back first: a request below the limit would lose instances.
        limits["memory"] = requests["memory"] = f"{spec.memory_mb}Mi"
    if spec.cpus:
        limits["cpu"] = _millis(spec.cpus)
        requests["cpu"] = _millis(spec.cpus * sizes.cpu_share)
    return {"limits": limits, "requests": requests}


def _millis(cpus: float) -> str:
    return f"{max(round(cpus * 1000), 1)}m"


def _metadata(namer: Namer, spec: InstanceSpec, owner: str) -> dict[str, Any]:
    name = namer.object(spec.cluster)
    return {
        "name": namer.object(spec.name),
        "labels": namer.labels(spec.cluster, spec.name),
        "ownerReferences": [{"apiVersion": "v1", "kind": "Service", "name": name, "uid": owner}],
    }


def _notes(annotations: Mapping[str, str]) -> dict[str, str]:
    return {PREFIX + key: value for key, value in annotations.items()}
