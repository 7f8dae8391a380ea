"""The image of the process that holds a pod's namespaces, as an archive for containerd."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from pathlib import Path

PAUSE = "localemr.test/pause:1"
BUSYBOX = "/bin/busybox"
"""Debian's busybox-static."""


def pause(busybox: str = "") -> bytes:
    """An image with busybox alone, which sleeps."""
    program = Path(busybox or shutil.which("busybox") or BUSYBOX).read_bytes()
    layer = archive({"busybox": program})
    digest = hashlib.sha256(layer).hexdigest()
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["/busybox", "sleep", "2147483647"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        "history": [{"created_by": "tests/kubernetes/images.py"}],
    }
    manifest = [{"Config": "config.json", "RepoTags": [PAUSE], "Layers": ["layer.tar"]}]
    files = {"manifest.json": json.dumps(manifest).encode(), "config.json": json.dumps(config).encode()}
    return archive({**files, "layer.tar": layer})


def archive(files: dict[str, bytes]) -> bytes:
    """A tar of these files, which may be executed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o755
            made.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()
