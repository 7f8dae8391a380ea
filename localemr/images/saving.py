"""Images in a file, to copy them to other machines: written and read one image at a time, and resumed at the first
that is missing."""

from __future__ import annotations

import errno
import fcntl
import io
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from localemr.images.archive import PIECE, Packed, Reader, Stream, Writer

PART = ".part"
"""Ends the name of a file that is not complete yet."""
MB = 1_000_000

Report = Callable[[str], object]
"""Called with progress, in one line."""


class Engine(Protocol):
    """What has images: Docker."""

    def packed(self, reference: str) -> Packed:
        """Digests of an image's configuration and layers, as far as the engine knows them without an output."""

    def save(self, reference: str) -> Iterable[bytes]:
        """The output of `docker save` for one image."""

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
        writer, packed = Writer(file), []
        for reference in references:
            found = engine.packed(reference)
            if not writer.has(found):
                found = writer.add(_reported(engine.save(reference), f"saving {reference}", report))[0]
            packed.append(replace(found, reference=reference))
        writer.finish(packed)
        # The name last: a file of this name is complete.
        part.replace(path)
        return file.seek(0, io.SEEK_END)


def load(path: Path, present: Container[str], engine: Engine, report: Report) -> list[str]:
    """Load the images of the file that are not present, after a comparison with their checksums. Returns their
    references. Raises ArchiveDamaged, OSError and the engine's errors."""
    reader, loaded = Reader(path), []
    for image in reader.images:
        if image.reference not in present:
            report(f"verifying {image.reference}")
            reader.verify(image)
            report(f"loading {image.reference}")
            engine.load(reader.stream(image))
            loaded.append(image.reference)
    return loaded


def _lock(file: io.BufferedRandom, part: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OSError(errno.EBUSY, "another localemr writes this file", str(part)) from error


def _reported(pieces: Iterable[bytes], text: str, report: Report) -> io.BufferedReader:
    def counted() -> Iterator[bytes]:
        size = 0
        for piece in pieces:
            size += len(piece)
            report(f"{text}: {size / MB:,.0f} MB")
            yield piece

    return io.BufferedReader(Stream(counted()), PIECE)
