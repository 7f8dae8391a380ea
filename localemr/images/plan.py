"""The images that there are, and what each is built on.

The host's own certificates and proxies are no inputs, except for separate images: those that trust the certificates. A
node is a chain: the base, the versions of Java, one image an application, their archives of class data, and the node's
own parts. It has the applications that a cluster needs and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache

from localemr.applications import applications
from localemr.images import chain
from localemr.images.certificates import fingerprint
from localemr.images.chain import DEBIAN, OWN_PYTHON, PACKAGE, PACKED, RECIPES, parts
from localemr.images.image import Image, files, image, with_needs
from localemr.releases import default_release, releases

APART = (PACKED, "examples", "deployment")
"""Folders of an installed package that are beside it in the source tree (setup.py)."""
TRUSTING = "-trusting"
"""Ends the name of an image that trusts the host's own certificate authorities."""
RELEASE, APPLICATIONS = "localemr.release", "localemr.applications"
"""Labels of a node's image: its release, and its applications, separated by commas."""


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
    base = chain.base()
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
    parent = chain.with_applications(label, names[:last])
    return image("catalog", files(RECIPES / "catalog"), {"HIVE": parent.reference}, parent)


@cache
def aws() -> Image:
    """AWS's services that LocalEMR lacks, but DynamoDB."""
    base = chain.base()
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


def node(label: str, names: Iterable[str] | None = None) -> Image:
    """The image of a release's nodes with these applications (default: all). Raises KeyError for an unknown label."""
    return _node(label, parts(label, names))


@cache
def _node(label: str, names: tuple[str, ...]) -> Image:
    release = releases()[label]
    tools, below = chain.tools(release), chain.with_everywhere(label, chain.with_applications(label, names))
    parent = chain.with_python(release, below)
    args = {
        "TOOLS": tools.reference,
        "PARENT": parent.reference,
        "RELEASE": label,
        # Classes for the oldest version run on all versions.
        "JAVA": str(min(chain.java_versions(release))),
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
