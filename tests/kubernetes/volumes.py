"""Volumes for the claims of kubernetes/: folders of this host, which every machine sees, without a storage class."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SIZE = "50Gi"


def volumes(folder: Path, count: int) -> dict[str, Any]:
    """A list of volumes, whose folders are made. Anybody may write: the kubelet gives folders of a host no group."""
    found = []
    for number in range(1, count + 1):
        place = folder / f"v{number}"
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(0o777)
        found.append({
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"v{number}"},
            "spec": {
                "capacity": {"storage": SIZE},
                "accessModes": ["ReadWriteOnce"],
                "persistentVolumeReclaimPolicy": "Retain",
                "hostPath": {"path": str(place)},
            },
        })  # fmt: skip
    return {"apiVersion": "v1", "kind": "List", "items": found}


def document(folder: Path, count: int) -> str:
    """The list for `kubectl apply`."""
    return json.dumps(volumes(folder, count))
