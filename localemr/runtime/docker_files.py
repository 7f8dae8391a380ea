"""Files on their way into a container."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping

from localemr.runtime.base import File


def tar(files: Mapping[str, File]) -> bytes:
    """An archive of these files, by their paths, as the Docker API takes them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, file in files.items():
            data = file.text.encode()
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode, entry.uid, entry.gid = len(data), file.mode, file.uid, file.gid
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()
