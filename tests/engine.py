"""An engine with images in memory, below the seam of localemr.images.saving: it writes and reads what Docker does."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from localemr.images.archive import Packed

PIECE = 700
"""Bytes of a piece of an output: no multiple of a tar file's blocks."""


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def packed(reference: str, layers: Iterable[bytes]) -> tuple[Packed, bytes]:
    """An image with these layers, and its configuration."""
    digests = [sha(each) for each in layers]
    config = json.dumps({"rootfs": {"diff_ids": [f"sha256:{each}" for each in digests]}, "of": reference}).encode()
    return Packed(reference, sha(config), tuple(digests)), config


@dataclass
class MemoryEngine:
    """Images by reference, each with its layers. `legacy`: the form of Docker before 25, with a folder for each layer
    and links to those that are there under another name. The output that begins with an image ends after `cut` bytes,
    if that is set. Notes what was saved and loaded, and in how many outputs and inputs."""

    images: dict[str, list[bytes]] = field(default_factory=dict)
    legacy: bool = False
    knows_digests: bool = True
    cut: dict[str, int] = field(default_factory=dict)
    saved: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    outputs: int = 0
    inputs: int = 0

    def packed(self, reference: str) -> Packed:
        """See Engine. Docker with containerd's store knows other digests than its output has."""
        found = packed(reference, self.images[reference])[0]
        return found if self.knows_digests else Packed(reference, sha(b"manifest"), found.layers)

    def save(self, references: Sequence[str]) -> Iterator[bytes]:
        """See Engine."""
        self.saved += references
        self.outputs += 1
        output = self._output(references)
        end = self.cut.get(references[0], len(output))
        for at in range(0, end, PIECE):
            yield output[at : min(at + PIECE, end)]
        if references[0] in self.cut:
            raise ConnectionError("the daemon went away")

    def load(self, pieces: Iterable[bytes]) -> None:
        """See Engine. As Docker does, it compares layers with the configuration."""
        self.inputs += 1
        with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as archive:
            members = [each for each in archive if each.isfile()]
            files = {each.name: archive.extractfile(each).read() for each in members}  # type: ignore[union-attr]
        assert len(files) == len(members), "a blob is there twice"
        for entry in json.loads(files["manifest.json"]):
            layers = [files[name] for name in entry["Layers"]]
            digests = [
                each.removeprefix("sha256:") for each in json.loads(files[entry["Config"]])["rootfs"]["diff_ids"]
            ]
            assert [sha(each) for each in layers] == digests
            for tag in entry["RepoTags"]:
                self.images[tag] = layers
                self.loaded.append(tag)

    def _output(self, references: Sequence[str]) -> bytes:
        files: dict[str, bytes | str] = {}
        entries = [self._legacy(files, each) if self.legacy else self._oci(files, each) for each in references]
        files["manifest.json"] = json.dumps(entries).encode()
        return _tar(dict(sorted(files.items(), reverse=self.legacy)))

    def _legacy(self, files: dict[str, bytes | str], reference: str) -> dict[str, object]:
        found, config = packed(reference, self.images[reference])
        names, below = [], ""
        for digest, content in zip(found.layers, self.images[reference], strict=True):
            # A layer's folder has the name of all that is below it: images that begin with the same layers share it.
            below = sha(f"{below} {digest}".encode())
            names.append(f"{below}/layer.tar")
            if names[-1] not in files:
                # Docker's output is sorted by name: a link may stand before its target.
                files[names[-1]] = content if content not in files.values() else f"../{_name_of(files, content)}"
            files[f"{below}/VERSION"] = b"1.0"
        files |= {"repositories": b"{}", f"{found.config}.json": config}
        return {"Config": f"{found.config}.json", "RepoTags": [reference], "Layers": names}

    def _oci(self, files: dict[str, bytes | str], reference: str) -> dict[str, object]:
        found, config = packed(reference, self.images[reference])
        names = [f"blobs/sha256/{digest}" for digest in found.layers]
        files |= dict(zip(names, self.images[reference], strict=True))
        files |= {"oci-layout": b"{}", "index.json": b"{}", f"blobs/sha256/{found.config}": config}
        return {"Config": f"blobs/sha256/{found.config}", "RepoTags": [reference], "Layers": names}


def _name_of(files: dict[str, bytes | str], content: bytes) -> str:
    return next(name for name, each in files.items() if each == content)


def _tar(files: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            if isinstance(content, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, content
                archive.addfile(entry)
            else:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
