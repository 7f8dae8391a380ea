"""`localemr images save|load|push|pull`: images that were built once, for other machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from localemr.cli.console import err, out, read_settings, reported
from localemr.cli.images import MB, check_labels, explained, for_clusters, names_in
from localemr.problem import Problem

if TYPE_CHECKING:
    from localemr.images.image import Image

File = Annotated[Path, typer.Argument(help="The file.", dir_okay=False)]
Labels = Annotated[
    list[str] | None, typer.Argument(metavar="[LABEL]...", help="Release labels; none: all of which there are images.")
]
Applications = Annotated[
    str,
    typer.Option(help="Only what `images build` builds for these, separated by commas; none: all that is built."),
]
WithController = Annotated[
    bool, typer.Option("--controller", help="With --applications, the controller's image as well.")
]
Registry = Annotated[str, typer.Argument(help="As Docker writes it: registry.example.com:5000/team.")]


def save(
    file: File, labels: Labels = None, applications: Applications = "", controller: WithController = False
) -> None:
    """Write the images that are built to one file, each layer once. An interrupted call is resumed by the next one."""
    from localemr.images import saving
    from localemr.images.daemon import DockerImages

    with reported(), explained():
        chosen = [image.reference for image in _chosen(labels or (), applications, controller)]
        with err.status("saving") as status:
            size = saving.save(file, chosen, DockerImages(), status.update)
        _list(chosen)
        out.print(f"{len(chosen)} images are in {file} ({size / MB:,.0f} MB).", soft_wrap=True, markup=False)


def load(file: File) -> None:
    """Load the images of a file that are missing, after a comparison with their checksums."""
    from localemr.images import saving
    from localemr.images.daemon import DockerImages, present
    from localemr.images.present import usable

    with reported(), explained():
        with err.status("loading") as status:
            loaded = saving.load(file, present(), DockerImages(), status.update)
        _list(loaded)
        out.print(f"{len(loaded)} images loaded." if loaded else "All images of the file are there.")
        own = usable(present())
        if other := [each for each in loaded if each not in own]:
            err.print(f"Of another version of LocalEMR, and not used by this one: {', '.join(other)}", soft_wrap=True)


def push(
    registry: Registry, labels: Labels = None, applications: Applications = "", controller: WithController = False
) -> None:
    """Push the images that are built to a registry. Credentials are those of `docker login`."""
    from localemr.images.registry import push as push_images

    with reported(), explained():
        _check_registry(registry)
        chosen = [image.reference for image in _chosen(labels or (), applications, controller)]
        with err.status("pushing") as status:
            push_images(registry, chosen, status.update)
        _list(f"{registry}/{each}" for each in chosen)
        out.print(f"{len(chosen)} images pushed. Others get them with LOCALEMR_REGISTRY={registry}", soft_wrap=True)


def pull(
    registry: Annotated[str | None, typer.Argument(help="Default: LOCALEMR_REGISTRY.")] = None,
    labels: Annotated[
        list[str] | None, typer.Argument(metavar="[LABEL]...", help="Release labels; none: the default one.")
    ] = None,
    applications: Annotated[
        str, typer.Option(help="The nodes with these, separated by commas; none: with all of the release.")
    ] = "",
    controller: Annotated[bool, typer.Option("--controller", help="The controller's image as well.")] = False,
) -> None:
    """Pull the images of this version that are missing from a registry. What it does not have is not built."""
    from localemr.images.daemon import present
    from localemr.images.present import portable
    from localemr.images.registry import pull as pull_image

    with reported(), explained():
        chosen = registry or read_settings().registry
        _check_registry(chosen)
        names = names_in(applications)
        there = present()
        pulled: list[str] = []
        absent: list[str] = []
        with err.status("pulling") as status:
            for image in for_clusters(labels or (), names, controller):
                if any(each.reference in there for each in portable(image)):
                    continue
                found = next((each for each in portable(image) if pull_image(chosen, each, status.update)), None)
                (pulled if found else absent).append((found or image).reference)
        _list(pulled)
        out.print(f"{len(pulled)} images pulled." if pulled else "No images pulled.")
        if absent:
            raise Problem(
                f"{chosen} does not have {', '.join(absent)}",
                "`localemr images build` builds them; `localemr images push`, with this version, puts them there",
            )


def _chosen(labels: Sequence[str], applications: str, with_controller: bool) -> tuple[Image, ...]:
    """What there is to hand on: all that is built or, with applications, what these need. Raises Problem when something
    of it is not built."""
    from localemr.images.daemon import present
    from localemr.images.present import portable

    names = names_in(applications)
    if not names:
        return _built(labels)
    found, wanted = present(), for_clusters(labels, names, with_controller)
    if absent := [
        portable(each)[-1].name for each in wanted if not any(one.reference in found for one in portable(each))
    ]:
        options = (*labels, "--applications", ",".join(names), *(["--controller"] if with_controller else []))
        raise Problem(f"not built: {', '.join(absent)}", f"run `localemr images build {' '.join(options)}`")
    return tuple(one for each in wanted for one in portable(each) if one.reference in found)


def _built(labels: Iterable[str]) -> tuple[Image, ...]:
    """What there is to hand on. Raises Problem when there is nothing."""
    from localemr.images.daemon import present
    from localemr.images.present import nodes, shared

    chosen, found = check_labels(labels), present()
    for label in chosen:
        if not nodes(label, found):
            raise Problem(f"there is no image of {label}", f"run `localemr images build {label}`")
    if not (images := shared(found, chosen)):
        raise Problem("no image is built", "run `localemr images build`")
    return images


def _check_registry(registry: str) -> None:
    from localemr.images.registry import FORM

    if not registry:
        raise Problem("no registry is named", "name it, as in `localemr images pull registry.example.com:5000/team`")
    if not FORM.fullmatch(registry):
        raise Problem(
            f"{registry!r} is no registry", "write host, port and path without a scheme: registry.example.com:5000/team"
        )


def _list(references: Iterable[str]) -> None:
    for each in references:
        out.print(f"  {each}", soft_wrap=True, markup=False)
