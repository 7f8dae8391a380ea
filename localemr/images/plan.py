"""The images and their tags: a tag is the digest of all inputs of the image.

An image with an unchanged tag need not be rebuilt; a changed input gives another tag. The host's own
certificates and proxies are no inputs, except for a separate image: a node that trusts the certificates. Java and an
application are one layer each on top of their dependencies, so that releases with the same versions share
layers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from localemr.applications import applications
from localemr.applications.java import has_archives
from localemr.domain.model.application import Application, with_dependencies
from localemr.domain.model.release import Release
from localemr.images.certificates import fingerprint
from localemr.releases import default_release, releases, running_labels

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "images"
DEBIAN = "debian:bookworm-slim"
DIGITS = 12
JDK = 17
"""The oldest version with which applications are compiled: `javac --release` of it makes classes for older ones too."""
OWN_PYTHON = "3.11"
"""Debian's own version of Python (images/base)."""
TRUSTING = "node-trusting"
"""The node image of clusters if this host has additional certificate authorities."""
VERSIONS = "versions"
"""The folder of a recipe that has a folder for each version: a version more changes no other image."""
PASSED_OVER = ("__pycache__", ".egg-info")


@dataclass(frozen=True, eq=False)
class Image:
    """An image to build. `context` maps paths in the build context to files; `needs` are images that have to be built
    before."""

    name: str
    tag: str
    context: Mapping[str, Path]
    args: Mapping[str, str]
    needs: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """The image's name and tag in Docker."""
        return f"localemr/{self.name}:{self.tag}"


@cache
def plan(labels: tuple[str, ...] = ()) -> tuple[Image, ...]:
    """All images for these release labels (default: the default release), in build order. Raises KeyError
    for an unknown label."""
    chosen = [releases()[label] for label in labels] or [default_release()]
    return _unique([*services(), *(image for release in chosen for image in _release(release))])


def plan_all() -> tuple[Image, ...]:
    """The images of all releases that run."""
    return plan(running_labels())


@cache
def services() -> tuple[Image, ...]:
    """The images of services besides clusters: MinIO."""
    return (_image("minio", _files(RECIPES / "minio"), {"DEBIAN": DEBIAN}),)


@cache
def controller() -> Image:
    """The image of the controller, for Compose and testcontainers."""
    base = _base()
    context = _files(RECIPES / "controller") | _files(ROOT / "localemr", "localemr/") | _files(RECIPES, "images/")
    context |= {name: ROOT / name for name in ("pyproject.toml", "README.md")}
    return _image("controller", context, {"BASE": base.reference}, base)


def controller_alone() -> tuple[Image, ...]:
    """The controller's image after its parent."""
    return (_base(), controller())


@cache
def reference(name: str, label: str = "") -> str:
    """Reference of the image `name` (node, catalog, minio, controller …) of a release (default: the default one)."""
    if name == "controller":
        return controller().reference
    chosen = plan((label,) if label else ())
    names = (TRUSTING, name) if name == "node" else (name,)
    return next(image.reference for requested in names for image in chosen if image.name == requested)


@cache
def _base() -> Image:
    return _image("base", _files(RECIPES / "base"), {"DEBIAN": DEBIAN})


@cache
def _java(parent: Image, version: int) -> Image:
    args = {"PARENT": parent.reference, "JAVA": str(version)}
    return _image(f"java-{version}", _files(RECIPES / "java"), args, parent)


def _versions(release: Release) -> list[int]:
    """The versions of Java that a release has, its default last."""
    used = {release.java_of(each.name) for each in with_dependencies(release.applications, applications())}
    return [*sorted(used - {release.default_java}), release.default_java]


def _tools(release: Release) -> tuple[Image, ...]:
    """The image in which the applications of a release are built, after its parents."""
    return _tools_on(max(JDK, *_versions(release)))


@cache
def _tools_on(version: int) -> tuple[Image, ...]:
    java = _java(_base(), version)
    args = {"PARENT": java.reference, "JAVA": str(version)}
    return (_base(), java, _image(f"tools-{version}", _files(RECIPES / "tools"), args, java))


def _release(release: Release) -> list[Image]:
    """The chain of a release: base, its versions of Java, one image per application, node; and the images beside the
    chain."""
    used = with_dependencies(release.applications, applications())
    chain = [_base()]
    for version in _versions(release):
        chain.append(_java(chain[-1], version))
    beside = [*_tools(release)]
    for application in used:
        if application.image:
            chain.append(_application(application, release, chain[-1]))
            if application.metastore:
                beside.append(_catalog(chain[-1]))
    chain.append(_python(release, chain[-1]))
    node = _node(release, chain[-1])
    if found := fingerprint():
        args = {"PARENT": node.reference, "CERTIFICATES": found}
        beside.append(_image(TRUSTING, _files(RECIPES / "trust"), args, node, prefix=f"{release.label}-"))
    return _after_needs([*chain, node, *beside])


def _application(application: Application, release: Release, parent: Image) -> Image:
    version = release.java_of(application.name)
    tools = _tools(release)[-1]
    args = {
        "TOOLS": tools.reference,
        "PARENT": parent.reference,
        "VERSION": release.version(application.name),
        "JAVA": str(version),
        "ARCHIVES": "1" if has_archives(version) else "",
    }
    return _image(application.name.lower(), _recipe(Path(application.image), args["VERSION"]), args, tools, parent)


def _recipe(folder: Path, version: str) -> dict[str, Path]:
    """The build context of a recipe: of the folders in `versions`, only that of this version, as `version`. Raises
    FileNotFoundError where there are some, but not this one."""
    context = _files(RECIPES / "application")
    context |= {
        name: path
        for name, path in _files(folder, "application/").items()
        if not name.startswith(f"application/{VERSIONS}/")
    }
    if (folder / VERSIONS).is_dir():
        context |= _files(folder / VERSIONS / version, "application/version/")
    return context


def _catalog(parent: Image) -> Image:
    """The shared catalog: the metastore of an application."""
    return _image("catalog", _files(RECIPES / "catalog"), {"HIVE": parent.reference}, parent)


def _python(release: Release, parent: Image) -> Image:
    """The release's Python as `python3`, on top of all applications, which releases with another Python share; nothing
    where it is Debian's own."""
    version = release.default_python or OWN_PYTHON
    if version == OWN_PYTHON:
        return parent
    tools = _tools(release)[-1]
    args = {"TOOLS": tools.reference, "PARENT": parent.reference, "VERSION": version}
    return _image(f"python-{version}", _recipe(RECIPES / "python", version), args, tools, parent)


def _node(release: Release, parent: Image) -> Image:
    tools = _tools(release)[-1]
    args = {
        "TOOLS": tools.reference,
        "PARENT": parent.reference,
        "RELEASE": release.label,
        # Classes for the oldest version run on all versions.
        "JAVA": str(min(_versions(release))),
        # EMR's, whose name a stand-in has too.
        "PYTHON": release.python or OWN_PYTHON,
    }
    return _image("node", _files(RECIPES / "node"), args, tools, parent, prefix=f"{release.label}-")


def _after_needs(images: Iterable[Image]) -> list[Image]:
    """The images without duplicates, in build order."""
    left = {image.reference: image for image in images}
    ordered: dict[str, Image] = {}
    while left:
        ready = [image for image in left.values() if not {*image.needs} & left.keys()]
        for image in ready:
            ordered[image.reference] = left.pop(image.reference)
    return list(ordered.values())


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
