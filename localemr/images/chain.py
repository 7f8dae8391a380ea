"""The chain of images below a node: the base, the versions of Java, one image an application, their archives of class
data, and the release's Python.

What takes long is made beside the chain, so that it is made in parallel and once for all chains: the files of an
application are put together on the tools alone, its archives on the application with what it needs. Releases with the
same versions share both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from localemr.applications import applications
from localemr.applications.java import has_archives
from localemr.domain.model.application import Application
from localemr.domain.model.dependencies import with_dependencies
from localemr.domain.model.release import Release
from localemr.images.image import Image, files, image
from localemr.releases import default_release, releases

PACKAGE = Path(__file__).parents[1]
PACKED = "recipes"
"""The folder of the recipes in an installed package (setup.py)."""
RECIPES = PACKAGE / PACKED if (PACKAGE / PACKED).is_dir() else PACKAGE.parent / "images"
"""In a source tree, and in the controller's image, they are beside the package."""
DEBIAN = "debian:bookworm-slim"
JDK = 17
"""The oldest version with which applications are compiled: `javac --release` of it makes classes for older ones too."""
ALWAYS = "Hadoop"
"""Every node has it: the node's own Java parts run on it."""
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


@cache
def base() -> Image:
    """Debian with what every node has, below everything else."""
    return image("base", files(RECIPES / "base"), {"DEBIAN": DEBIAN})


def tools(release: Release) -> Image:
    """The image in which the applications of a release are built."""
    return _tools_on(max(JDK, *java_versions(release)))


def with_applications(label: str, names: tuple[str, ...]) -> Image:
    """These applications with their archives of class data."""
    parent = _chain(label, names)
    for made in filter(None, (_archived(label, name) for name in names)):
        name = made.name.removesuffix(ARCHIVED)
        args = {"ARCHIVED": made.reference, "PARENT": parent.reference, "NAME": name}
        parent = image(f"{name}-classes", files(RECIPES / "classes"), args, made, parent)
    return parent


def with_everywhere(label: str, parent: Image) -> Image:
    """What every node has, above the applications that it was made for."""
    for application in applications().values():
        if application.everywhere and application.image:
            parent = _application(label, application.name, parent)
    return parent


def with_python(release: Release, parent: Image) -> Image:
    """The release's Python as `python3`, on top of all applications, which releases with another Python share; nothing
    where it is Debian's own."""
    version = release.default_python or OWN_PYTHON
    if version == OWN_PYTHON:
        return parent
    return _layer(f"python-{version}", RECIPES / "python", release, parent, {"VERSION": version})


@cache
def _chain(label: str, names: tuple[str, ...]) -> Image:
    """These applications, each on the one before, the first on the release's Java."""
    if names:
        return _application(label, names[-1], _with_java(label, names, _chain(label, names[:-1])))
    parent = base()
    for version in java_versions(releases()[label]):
        parent = _java(parent, version)
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
    within, context = tools(release), _recipe(recipe, args["VERSION"])
    made = image(f"{name}-files", context, {**args, "TOOLS": within.reference}, within)
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


@cache
def _java(parent: Image, version: int) -> Image:
    args = {"PARENT": parent.reference, "JAVA": str(version)}
    return image(f"java-{version}", files(RECIPES / "java"), args, parent)


def java_versions(release: Release) -> list[int]:
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


@cache
def _tools_on(version: int) -> Image:
    java = _java(base(), version)
    args = {"PARENT": java.reference, "JAVA": str(version)}
    return image(f"tools-{version}", files(RECIPES / "tools"), args, java)
