"""Which image a cluster's instances are made from, among those that are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from localemr.images.chain import parts
from localemr.images.image import Image
from localemr.images.plan import APPLICATIONS, RELEASE, TRUSTING, controller, node, on_use, services
from localemr.releases import default_release, releases


@dataclass(frozen=True)
class Present:
    """An image of Docker's: size in bytes (layers that it shares count), and its labels."""

    size: int
    labels: Mapping[str, str] = field(default_factory=dict)


def sets(label: str, present: Mapping[str, Present]) -> list[tuple[str, ...]]:
    """The sets of applications of the release for which there may be an image: all of the release, and those that
    labels of images name. `present` is by reference."""
    named = (each.labels for each in present.values() if each.labels.get(RELEASE) == label)
    found = {tuple(labels.get(APPLICATIONS, "").split(",")) for labels in named}
    # What another version of LocalEMR named may be unknown to this one.
    return sorted({parts(label), *(each for each in found if parts(label, each) == each)})


def nodes(label: str, present: Mapping[str, Present]) -> list[Image]:
    """The images of the release's nodes that are there and not outdated."""
    return [each for each in (node(label, names) for names in sets(label, present)) if each.reference in present]


def labels(present: Mapping[str, Present]) -> tuple[str, ...]:
    """The release labels of which there may be images."""
    named = {each.labels[RELEASE] for each in present.values() if RELEASE in each.labels}
    return tuple(sorted({default_release().label, *(named & releases().keys())}))


def choose(label: str, names: Iterable[str], present: Mapping[str, Present]) -> Image | None:
    """The image that has exactly these applications, or else the smallest that has them all; None: there is none.
    Raises KeyError for an unknown label."""
    needed = parts(label, names)
    exact = node(label, needed)
    if exact.reference in present:
        return exact
    fitting = [each for each in nodes(label, present) if {*needed} <= {*each.labels[APPLICATIONS].split(",")}]
    return min(fitting, key=lambda each: (present[each.reference].size, each.reference), default=None)


def current(present: Mapping[str, Present], chosen: Iterable[str] = ()) -> tuple[Image, ...]:
    """The images of this version of LocalEMR that something runs from: those of services, the controller's, those of
    nodes that are there, of these release labels (default: all), and the default release's with all applications."""
    wanted = tuple(chosen) or labels(present)
    default = default_release().label
    kept = [node(default), *on_use()] if default in wanted else []
    found = (each for label in wanted for each in nodes(label, present))
    return tuple({each.reference: each for each in (*services(), controller(), *kept, *found)}.values())


def portable(image: Image) -> tuple[Image, ...]:
    """The image, and for one with this host's certificates the one that it is built on, which other hosts use."""
    return (image, *image.needs) if image.name.endswith(TRUSTING) else (image,)


def usable(present: Mapping[str, Present]) -> frozenset[str]:
    """References of images of this version of LocalEMR: of services, and of nodes with sets of applications that images
    name, each also as it is portable: where this host has certificates of its own, nodes' images are built on those."""
    found = (node(label, names) for label in labels(present) for names in sets(label, present))
    return frozenset(
        each.reference for image in (*services(), controller(), *on_use(), *found) for each in portable(image)
    )


def shared(present: Mapping[str, Present], chosen: Iterable[str] = ()) -> tuple[Image, ...]:
    """The images for other machines: those of `current` that are there, and what they are portable as."""
    found = (each for image in current(present, chosen) for each in portable(image))
    return tuple({each.reference: each for each in found if each.reference in present}.values())
