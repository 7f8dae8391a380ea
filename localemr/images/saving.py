"""Images in a file, to copy them to other machines: written and read a few images at a time, and resumed at the first
that is missing. What images share, Docker writes and reads once for those that it has together."""

from __future__ import annotations

import errno
import fcntl
import io
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from localemr.images.archive import PIECE, ArchiveDamaged, Packed, Reader, Stream, Writer

PART = ".part"
"""Ends the name of a file that is not complete yet."""
MB = 1_000_000
TOGETHER = 8
"""Images in one output of Docker's. With more it writes their common layers less often; but it makes the whole output
on its disk before the first byte, and an interrupted call has that to do again."""

Item = TypeVar("Item")
Report = Callable[[str], object]
"""Called with progress, in one line."""


class Engine(Protocol):
    """What has images: Docker."""

    def packed(self, reference: str) -> Packed:
        """Digests of an image's configuration and layers, as far as the engine knows them without an output."""

    def save(self, references: Sequence[str]) -> Iterable[bytes]:
        """The output of `docker save` for these images."""

    def load(self, pieces: Iterable[bytes]) -> None:
        """`docker load`."""


def save(path: Path, references: Iterable[str], engine: Engine, report: Report) -> int:
    """Write these images to the file; what an interrupted call has written of it is used. Returns the file's size in
    bytes. Raises ArchiveDamaged, OSError and the engine's errors."""
    part = path.with_name(path.name + PART)
    part.touch()
    with part.open("r+b") as file:
        _lock(file, part)
        report(f"reading {part}")
        writer = Writer(file)
        packed = {reference: engine.packed(reference) for reference in references}
        for group in _groups([reference for reference, found in packed.items() if not writer.has(found)]):
            added = writer.add(_reported(engine.save(group), f"saving {_listed(group)}", report))
            packed |= {reference: _named(added, reference) for reference in group}
        writer.finish(packed.values())
        # The name last: a file of this name is complete.
        part.replace(path)
        return file.seek(0, io.SEEK_END)


def load(path: Path, present: Container[str], engine: Engine, report: Report) -> list[str]:
    """Load the images of the file that are not present, after a comparison with their checksums. Returns their
    references. Raises ArchiveDamaged, OSError and the engine's errors."""
    reader = Reader(path)
    absent = [image for image in reader.images if image.reference not in present]
    for group in _groups(absent):
        names = _listed([image.reference for image in group])
        report(f"verifying {names}")
        reader.verify(group)
        engine.load(_counted(reader.stream(group), f"loading {names}", report))
    return [image.reference for image in absent]


def _groups(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), TOGETHER):
        yield items[start : start + TOGETHER]


def _listed(references: Sequence[str]) -> str:
    more = len(references) - 1
    return f"{references[0]} and {more} more" if more else references[0]


def _named(images: Iterable[Packed], reference: str) -> Packed:
    """The image of this name. Engines may write it with the name of a registry before it. Raises ArchiveDamaged."""
    for image in images:
        if image.reference == reference or image.reference.endswith(f"/{reference}"):
            return replace(image, reference=reference)
    raise ArchiveDamaged(f"Docker's output lacks {reference}")


def _lock(file: io.BufferedRandom, part: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OSError(errno.EBUSY, "another localemr writes this file", str(part)) from error


def _reported(pieces: Iterable[bytes], text: str, report: Report) -> io.BufferedReader:
    return io.BufferedReader(Stream(_counted(pieces, text, report)), PIECE)


def _counted(pieces: Iterable[bytes], text: str, report: Report) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        report(f"{text}: {size / MB:,.0f} MB")
        yield piece
