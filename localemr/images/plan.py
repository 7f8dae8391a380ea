"""Which images there are, and their tags: a tag is the digest of all that goes into the image.

An image with an unchanged tag never has to be built again, and a changed input gives another tag. The host's own
certificates and proxies are no inputs, but for an image of their own: a node that trusts the former. An application is
one layer on top of those that it needs, so that releases with the same version of it share the layer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from localemr.applications import applications
from localemr.images.certificates import fingerprint
from localemr.releases import releases

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "images"
APPLICATIONS = ROOT / "localemr" / "applications"
DEBIAN = "debian:bookworm-slim"
DEFAULT_RELEASE = "emr-7.13.0"
DIGITS = 12
TRUSTING = "node-trusting"
"""The node that clusters run from where this host has certificate authorities of its own."""
PASSED_OVER = ("__pycache__", ".egg-info")


@dataclass(frozen=True)
class Image:
    """An image to build. `context` maps paths in the build context to files; `needs` are images to be built before."""

    name: str
    tag: str
    context: Mapping[str, Path]
    args: Mapping[str, str]
    needs: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """What Docker knows it by."""
        return f"localemr/{self.name}:{self.tag}"


@cache
def plan(labels: tuple[str, ...] = (DEFAULT_RELEASE,)) -> tuple[Image, ...]:
    """All images for these release labels, each after those it needs. Raises KeyError for an unknown label."""
    base = _base()
    tools = _image("tools", _files(RECIPES / "tools"), {"BASE": base.reference}, base)
    images = [*services(), base, tools]
    for label in labels:
        images += _release(label, base, tools)
    return _unique(images)


@cache
def services() -> tuple[Image, ...]:
    """The images that no cluster runs from: MinIO, and the controller that Compose starts."""
    minio = _image("minio", _files(RECIPES / "minio"), {"DEBIAN": DEBIAN})
    return (minio,)


@cache
def controller() -> Image:
    """The image of the controller, for Compose and testcontainers."""
    base = _base()
    context = _files(RECIPES / "controller") | _files(ROOT / "localemr", "localemr/") | _files(RECIPES, "images/")
    context |= {name: ROOT / name for name in ("pyproject.toml", "README.md")}
    return _image("controller", context, {"BASE": base.reference}, base)


def controller_alone() -> tuple[Image, ...]:
    """The controller's image after the one it stands on."""
    return (_base(), controller())


@cache
def reference(name: str, label: str | None = None) -> str:
    """Reference of the image `name` (base, node, minio, controller); `label` is the release of a node."""
    if name == "controller":
        return controller().reference
    chosen = plan((label,)) if label else plan()
    names = (TRUSTING, name) if name == "node" else (name,)
    return next(image.reference for wanted in names for image in chosen if image.name == wanted)


@cache
def _base() -> Image:
    return _image("base", _files(RECIPES / "base"), {"DEBIAN": DEBIAN})


def _release(label: str, base: Image, tools: Image) -> list[Image]:
    """The chain of a release: base, one image an application, node."""
    versions = releases()[label].applications
    chain = [base]
    for name in _in_order(versions):
        context = _files(RECIPES / "application") | _files(APPLICATIONS / name.lower() / "image", "application/")
        args = {"TOOLS": tools.reference, "PARENT": chain[-1].reference, "VERSION": versions[name]}
        chain.append(_image(name.lower(), context, args, tools, chain[-1]))
    node = _image(
        "node",
        _files(RECIPES / "node"),
        {"TOOLS": tools.reference, "PARENT": chain[-1].reference, "RELEASE": label},
        tools,
        chain[-1],
        prefix=f"{label}-",
    )
    hive = next((image for image in chain if image.name == "hive"), None)
    chain = [*chain[1:], node]
    if hive is not None:
        chain.append(_image("catalog", _files(RECIPES / "catalog"), {"HIVE": hive.reference}, hive))
    if found := fingerprint():
        args = {"PARENT": node.reference, "CERTIFICATES": found}
        chain.append(_image(TRUSTING, _files(RECIPES / "trust"), args, node, prefix=f"{label}-"))
    return chain


def _in_order(names: Iterable[str]) -> list[str]:
    """Applications after those that they need."""
    ordered: dict[str, None] = {}

    def add(name: str) -> None:
        for other in applications()[name].needs:
            add(other)
        ordered[name] = None

    for name in names:
        add(name)
    return list(ordered)


def _image(name: str, context: Mapping[str, Path], args: Mapping[str, str], *needs: Image, prefix: str = "") -> Image:
    digest = hashlib.sha256()
    for path, file in sorted(context.items()):
        executable = bool(file.stat().st_mode & 0o100)
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{path} {executable} {content}\n".encode())
    for key, value in sorted(args.items()):
        digest.update(f"{key}={value}\n".encode())
    tag = prefix + digest.hexdigest()[:DIGITS]
    return Image(name, tag, context, args, tuple(image.reference for image in needs))


def _files(directory: Path, prefix: str = "") -> dict[str, Path]:
    """All files below a directory by their paths in the build context. Raises FileNotFoundError without it."""
    if not directory.is_dir():
        raise FileNotFoundError(f"{directory} is missing: images are built from LocalEMR's source tree, from which it "
                                "has to be installed with `pip install -e`")  # fmt: skip
    found = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return {
        f"{prefix}{path.relative_to(directory)}": path
        for path in found
        if not any(part.endswith(PASSED_OVER) for part in path.parts)
    }


def _unique(images: Iterable[Image]) -> tuple[Image, ...]:
    return tuple({image.reference: image for image in images}.values())
