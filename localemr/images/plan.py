"""The images that there are, and what each is built on.

The host's own certificates and proxies are no inputs, except for separate images: those that trust the certificates. A
node is a chain: the base, the versions of Java, one image an application, their archives of class data, and the node's
own parts. It has the applications that a cluster needs and no others.

What takes long is made beside the chain, so that it is made in parallel and once for all chains: the files of an
application are put together on the tools alone, its archives on the application with what it needs. Releases with the
same versions share both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

from localemr.applications import applications
from localemr.applications.java import has_archives
from localemr.domain.model.application import Application
from localemr.domain.model.dependencies import with_dependencies
from localemr.domain.model.release import Release
from localemr.images.certificates import fingerprint
from localemr.images.image import Image, files, image, with_needs
from localemr.releases import default_release, releases

PACKAGE = Path(__file__).parents[1]
PACKED = "recipes"
"""The folder of the recipes in an installed package (setup.py)."""
RECIPES = PACKAGE / PACKED if (PACKAGE / PACKED).is_dir() else PACKAGE.parent / "images"
"""In a source tree, and in the controller's image, they are beside the package."""
APART = (PACKED, "examples", "deployment")
"""Folders of an installed package that are beside it in the source tree (setup.py)."""
DEBIAN = "debian:bookworm-slim"
JDK = 17
"""The oldest version with which applications are compiled: `javac --release` of it makes classes for older ones too."""
ALWAYS = "Hadoop"
"""Every node has it: the node's own Java parts run on it."""
TRUSTING = "-trusting"
"""Ends the name of an image that trusts the host's own certificate authorities."""
RELEASE, APPLICATIONS = "localemr.release", "localemr.applications"
"""Labels of a node's image: its release, and its applications, separated by commas."""
WHEELS = RECIPES / "java-wheels"
"""The recipe of versions of Java that Debian lacks: each is below the first application on it, and not `JAVA_HOME`."""
OWN_PYTHON = "3.11"
"""Debian's own version of Python (images/base)."""
ARCHIVED = "-archived"
"""Ends the name of an application's image with its archives of class data."""
MAKES_ARCHIVES = "archive-classes"
"""The file of a recipe that makes them, which runs where ARCHIVES is set."""
FINISH = "application/finish.sh"
"""The part of a recipe that prepares the image which its files were copied into."""
VERSIONS = "versions"
"""The folder of a recipe that has a folder for each version: a version more changes no other image."""


def plan(labels: tuple[str, ...] = ()) -> tuple[Image, ...]:
    """All images for these release labels (default: the default release) with all their applications, in build order.
    Raises KeyError for an unknown label."""
    return with_needs(started(labels))


def started(labels: tuple[str, ...] = (), names: Iterable[str] | None = None) -> tuple[Image, ...]:
    """Those of them that containers are started from; with `names` the nodes have these applications, and nothing is
    started beside clusters."""
    chosen = labels or (default_release().label,)
    beside = on_use() if names is None and default_release().label in chosen else ()
    return (*services(), *(node(label, names) for label in chosen), *beside)


@cache
def services() -> tuple[Image, ...]:
    """The images of services besides clusters that run always: MinIO."""
    return (image("minio", files(RECIPES / "minio"), {"DEBIAN": DEBIAN}),)


@cache
def controller() -> Image:
    """The image of the controller, for Compose and testcontainers."""
    base = _base()
    package = {
        name: path
        for name, path in files(PACKAGE, "localemr/").items()
        if path.relative_to(PACKAGE).parts[0] not in APART
    }
    context = files(RECIPES / "controller") | package | files(RECIPES, "images/")
    return _trusting(image("controller", context, {"BASE": base.reference}, base))


@cache
def catalog() -> Image:
    """The shared catalog: the metastore of an application of the default release."""
    label = default_release().label
    known, names = applications(), parts(label)
    last = max(place for place, name in enumerate(names, 1) if known[name].metastore)
    parent = _applications(label, names[:last])
    return image("catalog", files(RECIPES / "catalog"), {"HIVE": parent.reference}, parent)


@cache
def aws() -> Image:
    """AWS's services that LocalEMR lacks, but DynamoDB."""
    base = _base()
    return image("aws", files(RECIPES / "aws"), {"BASE": base.reference}, base)


@cache
def dynalite() -> Image:
    """DynamoDB."""
    return image("dynalite", files(RECIPES / "dynalite"), {"DEBIAN": DEBIAN})


ON_USE: Mapping[str, Callable[[], Image]] = {"catalog": catalog, "aws": aws, "dynalite": dynalite}
"""The images of containers that are started on first use, by their names."""


def on_use() -> tuple[Image, ...]:
    """The images of containers beside clusters that are started on first use."""
    return tuple(made() for made in ON_USE.values())


def reference(name: str, label: str = "") -> str:
    """Reference of the image `name` (node, catalog, minio, tools-17 …) of a release (default: the default one)."""
    if name == "controller":
        return controller().reference
    chosen = label or default_release().label
    if name == "node":
        return node(chosen).reference
    return next(each.reference for each in (*plan((chosen,)), *on_use()) if each.name == name)


def parts(label: str, names: Iterable[str] | None = None) -> tuple[str, ...]:
    """The applications whose files a node has, in the order of their images: these names (default: all of the release
    but those with a switch) with their dependencies. Raises KeyError for an unknown label."""
    known = applications()
    usual = (name for name in releases()[label].applications if name in known and not known[name].switch)
    found = (each for each in with_dependencies(usual if names is None else [ALWAYS, *names], known) if each.image)
    return tuple(each.name for each in sorted(found, key=_place))


def _place(application: Application) -> tuple[bool, bool, bool, int, str]:
    """Sorts applications: what most clusters have in common comes first, so that their images share it. What one other
    alone needs, as ZooKeeper, is not common."""
    name, known = application.name, applications()
    needing = [each for each in known if name in [other.name for other in with_dependencies([each], known)[:-1]]]
    rare = (name not in default_release().applications, application.switch is not None, len(needing) < 2)
    return *rare, _depth(application), name


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
    tools, parent = _tools(release), _python(release, _everywhere(label, _applications(label, names)))
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
    """The versions of Debian's Java that a release has, its default last."""
    used = {release.java_of(each.name) for each in with_dependencies(release.applications, applications())}
    return [*sorted(each for each in used - {release.default_java} if not _is_wheel(each)), release.default_java]


def _is_wheel(version: int) -> bool:
    return (WHEELS / VERSIONS / str(version)).is_dir()


def _with_java(label: str, names: tuple[str, ...], parent: Image) -> Image:
    """The image for the last of these applications: with its Java where that is a wheel's, and no application below
    has it."""
    release, version = releases()[label], releases()[label].java_of(names[-1])
    if not _is_wheel(version) or version in {release.java_of(name) for name in names[:-1]}:
        return parent
    return _layer(f"java-{version}", WHEELS, release, parent, {"VERSION": str(version)})


def _tools(release: Release) -> Image:
    """The image in which the applications of a release are built."""
    return _tools_on(max(JDK, *_versions(release)))


@cache
def _tools_on(version: int) -> Image:
    java = _java(_base(), version)
    args = {"PARENT": java.reference, "JAVA": str(version)}
    return image(f"tools-{version}", files(RECIPES / "tools"), args, java)


def _applications(label: str, names: tuple[str, ...]) -> Image:
    """These applications with their archives of class data."""
    parent = _chain(label, names)
    for made in filter(None, (_archived(label, name) for name in names)):
        name = made.name.removesuffix(ARCHIVED)
        args = {"ARCHIVED": made.reference, "PARENT": parent.reference, "NAME": name}
        parent = image(f"{name}-classes", files(RECIPES / "classes"), args, made, parent)
    return parent


@cache
def _chain(label: str, names: tuple[str, ...]) -> Image:
    """These applications, each on the one before, the first on the release's Java."""
    if names:
        return _application(label, names[-1], _with_java(label, names, _chain(label, names[:-1])))
    parent = _base()
    for version in _versions(releases()[label]):
        parent = _java(parent, version)
    return parent


def _everywhere(label: str, parent: Image) -> Image:
    """What every node has, above the applications that it was made for."""
    for application in applications().values():
        if application.everywhere and application.image:
            parent = _application(label, application.name, parent)
    return parent


@cache
def _archived(label: str, name: str) -> Image | None:
    """An application with its archives of class data, on what it needs alone: they are the same on every chain. None:
    its recipe or its Java makes none."""
    recipe = Path(applications()[name].image)
    if not has_archives(releases()[label].java_of(name)) or not any(recipe.rglob(MAKES_ARCHIVES)):
        return None
    below = parts(label, [name])
    names = below[: below.index(name) + 1]
    return _application(label, name, _with_java(label, names, _chain(label, names[:-1])), archives=True)


@cache
def _application(label: str, name: str, parent: Image, archives: bool = False) -> Image:
    release = releases()[label]
    args = {"VERSION": release.version(name), "JAVA": str(release.java_of(name))}
    return _layer(name.lower(), Path(applications()[name].image), release, parent, args, archives)


def _layer(
    name: str, recipe: Path, release: Release, parent: Image, args: Mapping[str, str], archives: bool = False
) -> Image:
    """What a recipe makes of the image before it. Its files are put together apart, since they depend on the tools
    alone."""
    tools, context = _tools(release), _recipe(recipe, args["VERSION"])
    made = image(f"{name}-files", context, {**args, "TOOLS": tools.reference}, tools)
    chained = {**args, "FILES": made.reference, "PARENT": parent.reference, "ARCHIVES": "1" if archives else ""}
    context = files(RECIPES / "application") | {FINISH: context[FINISH]}
    return image(name + ARCHIVED * archives, context, chained, parent, made)


def _recipe(folder: Path, version: str) -> dict[str, Path]:
    """The build context of a recipe: of the folders in `versions`, only that of this version, as `version`. Raises
    FileNotFoundError where there are some, but not this one."""
    context = files(RECIPES / "files")
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
    return _layer(f"python-{version}", RECIPES / "python", release, parent, {"VERSION": version})
