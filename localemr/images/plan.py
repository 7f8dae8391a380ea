"""The images that there are, and what each is built on.

The host's own certificates and proxies are no inputs, except for separate images: those that trust the certificates. A
node is a chain: the base, the versions of Java, one image an application, and the node's own parts. It has the
applications that a cluster needs and no others. Releases with the same versions share images.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from localemr.applications import applications
from localemr.applications.java import has_archives
from localemr.domain.model.application import Application, with_dependencies
from localemr.domain.model.release import Release
from localemr.images.certificates import fingerprint
from localemr.images.image import Image, files, image, with_needs
from localemr.releases import default_release, releases

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "images"
DEBIAN = "debian:bookworm-slim"
JDK = 17
"""The oldest version with which applications are compiled: `javac --release` of it makes classes for older ones too."""
ALWAYS = "Hadoop"
"""Every node has it: the node's own Java parts run on it."""
TRUSTING = "-trusting"
"""Ends the name of an image that trusts the host's own certificate authorities, if there are any."""
RELEASE, APPLICATIONS = "localemr.release", "localemr.applications"
"""Labels of a node's image: its release, and its applications, separated by commas."""
OWN_PYTHON = "3.11"
"""Debian's own version of Python (images/base)."""
VERSIONS = "versions"
"""The folder of a recipe that has a folder for each version: a version more changes no other image."""


def plan(labels: tuple[str, ...] = ()) -> tuple[Image, ...]:
    """All images for these release labels (default: the default release) with all their applications, in build order.
    Raises KeyError for an unknown label."""
    chosen = labels or (default_release().label,)
    beside = [catalog()] if default_release().label in chosen else []
    return with_needs([*services(), *(node(label) for label in chosen), *beside])


@cache
def services() -> tuple[Image, ...]:
    """The images of services besides clusters: MinIO."""
    return (image("minio", files(RECIPES / "minio"), {"DEBIAN": DEBIAN}),)


@cache
def controller() -> Image:
    """The image of the controller, for Compose and testcontainers."""
    base = _base()
    context = files(RECIPES / "controller") | files(ROOT / "localemr", "localemr/") | files(RECIPES, "images/")
    context |= {name: ROOT / name for name in ("pyproject.toml", "README.md")}
    return _trusting(image("controller", context, {"BASE": base.reference}, base))


@cache
def catalog() -> Image:
    """The shared catalog: the metastore of an application of the default release."""
    release = default_release()
    chain = _chain(release, parts(release.label))
    parent = chain[next(each.name for each in applications().values() if each.metastore)]
    return image("catalog", files(RECIPES / "catalog"), {"HIVE": parent.reference}, parent)


def reference(name: str, label: str = "") -> str:
    """Reference of the image `name` (node, catalog, minio, tools-17 …) of a release (default: the default one)."""
    if name == "controller":
        return controller().reference
    chosen = label or default_release().label
    if name == "node":
        return node(chosen).reference
    return next(each.reference for each in (*plan((chosen,)), catalog()) if each.name == name)


def parts(label: str, names: Iterable[str] | None = None) -> tuple[str, ...]:
    """The applications whose files a node has, in the order of their images: these names (default: all of the release)
    with their dependencies. Raises KeyError for an unknown label."""
    wanted = releases()[label].applications if names is None else [ALWAYS, *names]
    found = (each for each in with_dependencies(wanted, applications()) if each.image)
    return tuple(each.name for each in sorted(found, key=_place))


def _place(application: Application) -> tuple[bool, int, str]:
    """Sorts applications: what most clusters have in common comes first, so that their images share it."""
    return application.name not in default_release().applications, _depth(application), application.name


def _depth(application: Application) -> int:
    """The length of the longest way to an application that needs no other."""
    known = applications()
    return max((1 + _depth(known[name]) for name in application.needs if name in known), default=0)


def node(label: str, names: Iterable[str] | None = None) -> Image:
    """The image of a release's nodes with these applications (default: all). Raises KeyError for an unknown label."""
    return _node(label, parts(label, names))


@cache
def _node(label: str, names: tuple[str, ...]) -> Image:
    release = releases()[label]
    tools, parent = _tools(release), _python(release, _chain(release, names)[names[-1]])
    args = {
        "TOOLS": tools.reference,
        "PARENT": parent.reference,
        "RELEASE": label,
        # Classes for the oldest version run on all versions.
        "JAVA": str(min(_versions(release))),
        # EMR's, whose name a stand-in has too.
        "PYTHON": release.python or OWN_PYTHON,
    }
    labels = {RELEASE: label, APPLICATIONS: ",".join(names)}
    made = image("node", files(RECIPES / "node"), args, tools, parent, prefix=f"{label}-", labels=labels)
    return _trusting(made, prefix=f"{label}-")


def _trusting(parent: Image, prefix: str = "") -> Image:
    """The image itself or, on a host with certificate authorities of its own, one that trusts them."""
    if not (found := fingerprint()):
        return parent
    args = {"PARENT": parent.reference, "CERTIFICATES": found}
    name, context = parent.name + TRUSTING, files(RECIPES / "trust")
    return image(name, context, args, parent, prefix=prefix, labels=parent.labels)


@cache
def _base() -> Image:
    return image("base", files(RECIPES / "base"), {"DEBIAN": DEBIAN})


@cache
def _java(parent: Image, version: int) -> Image:
    args = {"PARENT": parent.reference, "JAVA": str(version)}
    return image(f"java-{version}", files(RECIPES / "java"), args, parent)


def _versions(release: Release) -> list[int]:
    """The versions of Java that a release has, its default last."""
    used = {release.java_of(each.name) for each in with_dependencies(release.applications, applications())}
    return [*sorted(used - {release.default_java}), release.default_java]


def _tools(release: Release) -> Image:
    """The image in which the applications of a release are built."""
    return _tools_on(max(JDK, *_versions(release)))


@cache
def _tools_on(version: int) -> Image:
    java = _java(_base(), version)
    args = {"PARENT": java.reference, "JAVA": str(version)}
    return image(f"tools-{version}", files(RECIPES / "tools"), args, java)


def _chain(release: Release, names: tuple[str, ...]) -> dict[str, Image]:
    """The images of these applications by their names, each on the one before, the first on the release's Java."""
    parent = _base()
    for version in _versions(release):
        parent = _java(parent, version)
    found: dict[str, Image] = {}
    for name in names:
        parent = found[name] = _application(name, release.label, parent)
    return found


@cache
def _application(name: str, label: str, parent: Image) -> Image:
    application, release = applications()[name], releases()[label]
    version, tools = release.java_of(name), _tools(release)
    args = {
        "TOOLS": tools.reference,
        "PARENT": parent.reference,
        "VERSION": release.version(name),
        "JAVA": str(version),
        "ARCHIVES": "1" if has_archives(version) else "",
    }
    return image(name.lower(), _recipe(Path(application.image), args["VERSION"]), args, tools, parent)


def _recipe(folder: Path, version: str) -> dict[str, Path]:
    """The build context of a recipe: of the folders in `versions`, only that of this version, as `version`. Raises
    FileNotFoundError where there are some, but not this one."""
    context = files(RECIPES / "application")
    context |= {
        name: path
        for name, path in files(folder, "application/").items()
        if not name.startswith(f"application/{VERSIONS}/")
    }
    if (folder / VERSIONS).is_dir():
        context |= files(folder / VERSIONS / version, "application/version/")
    return context


def _python(release: Release, parent: Image) -> Image:
    """The release's Python as `python3`, on top of all applications, which releases with another Python share; nothing
    where it is Debian's own."""
    version = release.default_python or OWN_PYTHON
    if version == OWN_PYTHON:
        return parent
    tools = _tools(release)
    args = {"TOOLS": tools.reference, "PARENT": parent.reference, "VERSION": version}
    return image(f"python-{version}", _recipe(RECIPES / "python", version), args, tools, parent)
