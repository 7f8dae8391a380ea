"""A file with images: a tar file as `docker save` writes it, which `docker load` reads too.

It has layers and configurations of the images as `blobs/sha256/<digest>`, each once, and `manifest.json` at the end.
A blob's name is the checksum of its content. A file that is incomplete goes on from its last whole blob.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

BLOBS = "blobs/sha256/"
MANIFEST = "manifest.json"
BLOB = re.compile(rf"{BLOBS}([0-9a-f]{{64}})")
NO_BLOBS = ("/json", "/VERSION", "repositories", "index.json", "oci-layout")
"""Files of Docker's output that repeat the manifest in other forms."""
OURS = "localemr/"
"""Begins the tags of LocalEMR's images."""
BLOCK = tarfile.BLOCKSIZE
PIECE = 1 << 20  # bytes
SMALL = 1 << 26
"""Bytes of a manifest at most: it is read into memory."""


class ArchiveDamaged(Exception):
    """The file is no archive of images, or a blob differs from its checksum; the message has the file and the place."""


@dataclass(frozen=True)
class Packed:
    """An image in an archive: its tag, and the digests of its configuration and layers (the lowest first)."""

    reference: str
    config: str
    layers: tuple[str, ...]

    @property
    def blobs(self) -> frozenset[str]:
        """The digests of all that it consists of."""
        return frozenset((self.config, *self.layers))


class Writer:
    """Writes an archive, or goes on with one that is incomplete."""

    def __init__(self, file: IO[bytes]) -> None:
        """`file` is open for reading and writing. What it has of whole blobs stays, the rest is cut off."""
        self._file = file
        self.blobs: dict[str, int] = {}
        """Digest → size of the blobs that it has."""
        self._end = 0
        for digest, start, size in scan(file, verify=True):
            self.blobs[digest] = size
            self._end = start + _padded(size)
        file.truncate(self._end)

    def has(self, image: Packed) -> bool:
        """Whether it has every blob of the image."""
        return self.blobs.keys() >= image.blobs

    def add(self, stream: IO[bytes]) -> list[Packed]:
        """Add the images of an output of `docker save`. Blobs that are there are not added again. Raises ArchiveDamaged
        for an output that is cut off."""
        names: dict[str, str] = {}
        links: dict[str, str] = {}
        entries: list[dict[str, Any]] = []
        try:
            with tarfile.open(fileobj=stream, mode="r|") as saved:
                for member in saved:
                    if member.issym() or member.islnk():
                        links[member.name] = _target(member)
                    elif member.isfile() and (content := saved.extractfile(member)):
                        if member.name == MANIFEST:
                            entries = json.loads(content.read(SMALL))
                        elif not member.name.endswith(NO_BLOBS):
                            names[member.name] = self._add_blob(content, member.size)
            # A layer of which the output has the content under another name.
            names |= {name: names[target] for name, target in links.items() if target in names}
            found = [
                Packed(tag, names[each["Config"]], tuple(names[layer] for layer in each["Layers"]))
                for each in entries
                for tag in each["RepoTags"] or ()
            ]
        except (tarfile.TarError, EOFError, KeyError) as error:
            raise ArchiveDamaged(f"Docker's output is cut off: {error}") from error
        if not found:
            raise ArchiveDamaged(f"Docker's output has no {MANIFEST}")
        return found

    def finish(self, images: Iterable[Packed]) -> None:
        """Write the manifest of these images, and the end of the archive."""
        content = json.dumps([_entry(each) for each in images], indent=1).encode()
        self._file.seek(self._end)
        self._file.write(_header(MANIFEST, len(content)) + content + bytes(_padded(len(content)) - len(content)))
        self._file.write(bytes(2 * BLOCK))
        self._file.flush()
        os.fsync(self._file.fileno())

    def _add_blob(self, content: IO[bytes], size: int) -> str:
        """The blob's digest. Its header is written last, since it has the digest: without it the blob is incomplete."""
        found, start = hashlib.sha256(), self._end + BLOCK
        self._file.seek(self._end)
        self._file.write(bytes(BLOCK))
        for piece in _pieces(content, size):
            found.update(piece)
            self._file.write(piece)
        digest = found.hexdigest()
        if digest in self.blobs:
            self._file.truncate(self._end)
            return digest
        self._file.write(bytes(_padded(size) - size))
        self._file.seek(self._end)
        self._file.write(_header(BLOBS + digest, size))
        self._file.flush()
        self.blobs[digest], self._end = size, start + _padded(size)
        return digest


class Reader:
    """Reads an archive."""

    def __init__(self, path: Path) -> None:
        """Raises ArchiveDamaged for a file that is no complete archive, and OSError."""
        self._path = path
        with path.open("rb") as file:
            self._places = {digest: (start, size) for digest, start, size in scan(file)}
        self.images = self._read_manifest()

    def verify(self, images: Iterable[Packed]) -> None:
        """Compare the images' blobs with their checksums, each once. Raises ArchiveDamaged."""
        seen: set[str] = set()
        with self._path.open("rb") as file:
            for image in images:
                for digest in sorted(image.blobs - seen):
                    start, size = self._places[digest]
                    if _digest(file, start, size) != digest:
                        raise ArchiveDamaged(f"{self._path}: the blob {digest} of {image.reference} is damaged")
                seen |= image.blobs

    def stream(self, images: Sequence[Packed]) -> Iterator[bytes]:
        """These images alone, each blob once, for `docker load`."""
        wanted = frozenset[str]().union(*(image.blobs for image in images))
        with self._path.open("rb") as file:
            for digest in sorted(wanted, key=self._places.__getitem__):
                start, size = self._places[digest]
                yield _header(BLOBS + digest, size)
                file.seek(start)
                yield from _pieces(file, size)
                yield bytes(_padded(size) - size)
        content = json.dumps([_entry(image) for image in images]).encode()
        yield _header(MANIFEST, len(content)) + content + bytes(_padded(len(content)) - len(content)) + bytes(2 * BLOCK)

    def _read_manifest(self) -> list[Packed]:
        end = max((start + _padded(size) for start, size in self._places.values()), default=0)
        try:
            with self._path.open("rb") as file:
                file.seek(end)
                with tarfile.open(fileobj=file, mode="r|") as rest:
                    member = rest.next()
                    content = rest.extractfile(member) if member and member.name == MANIFEST else None
                    found = [_packed(each) for each in json.loads(content.read(SMALL))] if content else []
        except (tarfile.TarError, ValueError, KeyError, TypeError) as error:
            raise ArchiveDamaged(f"{self._path} is no archive of images, or is cut off: {error}") from error
        if not found:
            raise ArchiveDamaged(f"{self._path} is no archive of images: it has no {MANIFEST}")
        for each in found:
            if not each.reference.startswith(OURS):
                raise ArchiveDamaged(f"{self._path} has {each.reference}, which is no image of LocalEMR")
            if absent := each.blobs - self._places.keys():
                raise ArchiveDamaged(f"{self._path} lacks the blob {min(absent)} of {each.reference}")
        return found


def scan(file: IO[bytes], verify: bool = False) -> Iterator[tuple[str, int, int]]:
    """Digest, place and size of the whole blobs at the beginning of an archive; with `verify` up to the first one that
    differs from its checksum."""
    length, at = file.seek(0, io.SEEK_END), 0
    while at + BLOCK <= length:
        file.seek(at)
        try:
            header = tarfile.TarInfo.frombuf(file.read(BLOCK), "utf-8", "surrogateescape")
        except tarfile.HeaderError:
            return
        named, start = BLOB.fullmatch(header.name), at + BLOCK
        if named is None or start + _padded(header.size) > length:
            return
        if verify and _digest(file, start, header.size) != named[1]:
            return
        yield named[1], start, header.size
        at = start + _padded(header.size)


class Stream(io.RawIOBase):
    """Pieces of bytes as a file to read from."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._rest = iter(pieces), b""

    def readable(self) -> bool:
        """See RawIOBase."""
        return True

    def readinto(self, buffer: Any) -> int:
        """See RawIOBase."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def _entry(image: Packed) -> dict[str, Any]:
    """An image in a manifest, in Docker's form (image/tarexport in its sources)."""
    layers = [BLOBS + each for each in image.layers]
    return {"Config": BLOBS + image.config, "RepoTags": [image.reference], "Layers": layers}


def _packed(entry: dict[str, Any]) -> Packed:
    (tag,) = entry["RepoTags"]
    return Packed(tag, entry["Config"].removeprefix(BLOBS), tuple(each.removeprefix(BLOBS) for each in entry["Layers"]))


def _header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o644
    # GNU's form has sizes above 8 GiB in one block.
    return entry.tobuf(tarfile.GNU_FORMAT)


def _target(member: tarfile.TarInfo) -> str:
    """The name in the archive of what a link leads to."""
    if member.islnk():
        return member.linkname
    return os.path.normpath(os.path.join(os.path.dirname(member.name), member.linkname))


def _pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    """So many bytes. Raises EOFError when there are fewer."""
    while size:
        piece = file.read(min(PIECE, size))
        if not piece:
            raise EOFError("unexpected end of data")
        size -= len(piece)
        yield piece


def _digest(file: IO[bytes], start: int, size: int) -> str:
    found = hashlib.sha256()
    file.seek(start)
    for piece in _pieces(file, size):
        found.update(piece)
    return found.hexdigest()


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
