"""An image as data: what it is built from, and its tag, the digest of all that.

An image with an unchanged tag need not be rebuilt; a changed input gives another tag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

DIGITS = 12
PASSED_OVER = ("__pycache__", ".egg-info")


@dataclass(frozen=True, eq=False)
class Image:
    """An image to build. `context` maps paths in the build context to files; `needs` are images that have to be built
    before. `labels` say what it holds, for a listing of the images that are there; they follow from the inputs."""

    name: str
    tag: str
    context: Mapping[str, Path] = field(repr=False)
    args: Mapping[str, str]
    needs: tuple[Image, ...] = field(default=(), repr=False)
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        """The image's name and tag in Docker."""
        return f"localemr/{self.name}:{self.tag}"

    @property
    def stale(self) -> bool:
        """Whether the files have changed since the tag was computed."""
        return not self.tag.endswith(digest(self.context, self.args))


def image(
    name: str,
    context: Mapping[str, Path],
    args: Mapping[str, str],
    *needs: Image,
    prefix: str = "",
    labels: Mapping[str, str] | None = None,
) -> Image:
    """The image of these inputs; `prefix` is for people who read its tag."""
    return Image(name, prefix + digest(context, args), context, args, needs, labels or {})


def digest(context: Mapping[str, Path], args: Mapping[str, str]) -> str:
    """Of paths, content and permissions of files, and of arguments."""
    found = hashlib.sha256()
    for path, file in sorted(context.items()):
        executable = bool(file.stat().st_mode & 0o100)
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        found.update(f"{path} {executable} {content}\n".encode())
    for key, value in sorted(args.items()):
        found.update(f"{key}={value}\n".encode())
    return found.hexdigest()[:DIGITS]


def files(directory: Path, prefix: str = "") -> dict[str, Path]:
    """All files below a directory by their paths in the build context. Raises FileNotFoundError without it."""
    if not directory.is_dir():
        raise FileNotFoundError(f"{directory} is missing, from which images are built: install LocalEMR again")
    found = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return {
        f"{prefix}{path.relative_to(directory)}": path
        for path in found
        if not any(part.endswith(PASSED_OVER) for part in path.relative_to(directory).parts)
    }


def with_needs(images: Iterable[Image]) -> tuple[Image, ...]:
    """The images and all that they need, without duplicates, in build order."""
    return to_build(images, ())


def to_build(images: Iterable[Image], present: Container[str]) -> tuple[Image, ...]:
    """What has to be built for these images, in build order. An image that is there needs nothing more, whether or not
    its parents are there."""
    found: dict[str, Image] = {}

    def add(each: Image) -> None:
        if each.reference in present or each.reference in found:
            return
        for need in each.needs:
            add(need)
        found[each.reference] = each

    for each in images:
        add(each)
    return tuple(found.values())
