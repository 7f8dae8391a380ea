"""`localemr images`: build missing images, list, write tags for Compose, remove outdated images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from localemr.cli.building import display
from localemr.cli.console import columns, err, out, reported
from localemr.installation import containers
from localemr.installation.home import state_folder
from localemr.installation.locks import exclusive_lock
from localemr.problem import Problem

if TYPE_CHECKING:
    from localemr.images import Image

images = typer.Typer(no_args_is_help=True, help="The images that clusters, MinIO and Compose's controller run from.")
MB = 1_000_000
LOCK = "images.lock"
"""Held while images are built: two processes would otherwise each build all of them."""


def absent_names() -> list[str]:
    """Names of the images that `up` has to build."""
    from localemr.images import missing, plan

    with _explained():
        return [image.name for image in missing(plan())]


def ensure(images: Callable[[], Iterable[Image]] | None = None) -> int:
    """Build the missing ones of these images (default: those that clusters need), with progress. Returns the number of
    built images."""
    from localemr.images import build, missing

    with _explained():
        # An existing image is not rebuilt: its tag is the digest of its inputs.
        requested = (images or for_clusters)()
        if not missing(requested):
            return 0
        folder = state_folder()
        with exclusive_lock(folder / LOCK, wait=lambda: err.print("another localemr builds images: waiting for it")):
            absent = missing(requested)
            with display(err, [image.name for image in absent]) as report:
                build(absent, report, folder)
        return len(absent)


@images.command("build")
def build_command(
    controller: Annotated[
        bool, typer.Option("--controller", help="The controller's image as well, which Compose runs.")
    ] = False,
    release: Annotated[
        list[str] | None,
        typer.Option("--release", help="A release label instead of the default one; may be repeated."),
    ] = None,
) -> None:
    """Build the images that are missing; images that are there stay as they are."""
    with reported():
        built = ensure(lambda: for_clusters(release or (), controller))
        # On standard error: `make test` ends with pytest's own line on standard output.
        err.print(f"{built} images built." if built else "All images are built.")


@images.command("list")
def list_command() -> None:
    """Show the images, their tags and whether they are built."""
    from localemr.images import sizes

    rows = [("image", "tag", "size")]
    with reported(), _explained():
        found = sizes(all_images())
        for image in all_images():
            size = found[image.reference]
            rows.append((image.name, image.reference, f"{size / MB:,.0f} MB" if size else "not built"))
    out.print("\n".join(columns(rows, indent="")), soft_wrap=True, markup=False)


@images.command()
def env() -> None:
    """Print the images' tags as variables for Compose: localemr images env > compose/.env."""
    from localemr.images import missing, reference

    with reported(), _explained():
        absent = [image.name for image in missing(for_clusters(with_controller=True))]
        if absent:
            raise Problem(f"not built: {', '.join(absent)}", "run `localemr images build --controller`")
        typer.echo("COMPOSE_PROJECT_NAME=localemr")
        for name in ("minio", "controller"):
            typer.echo(f"LOCALEMR_{name.upper()}_IMAGE={reference(name)}")


@images.command()
def prune(
    everything: Annotated[
        bool, typer.Option("--all", help="Every image of LocalEMR, not the outdated ones only.")
    ] = False,
) -> None:
    """Remove images whose inputs have changed since they were built; those in use stay."""
    from localemr.images import prune as remove

    with reported(), _explained():
        removed = remove(() if everything else all_images())
        out.print(f"{len(removed)} images removed.")


def for_clusters(labels: Iterable[str] = (), with_controller: bool = False) -> tuple[Image, ...]:
    """The images of these release labels (default: the default release), the controller's last. Raises Problem for a
    label that does not run."""
    from localemr.images.plan import controller, plan
    from localemr.releases import running_labels

    labels = tuple(labels)
    if unknown := [label for label in labels if label not in running_labels()]:
        known = ", ".join(running_labels())
        raise Problem(f"there are no images for the release label {', '.join(unknown)}", f"there are for {known}")
    return (*plan(labels), controller()) if with_controller else plan(labels)


def all_images() -> tuple[Image, ...]:
    """Every image of this version of LocalEMR, of all releases, the controller's last."""
    from localemr.images.plan import controller, plan_all

    return (*plan_all(), controller())


@contextmanager
def _explained() -> Iterator[None]:
    """Set up the connection to Docker, and turn errors of images into Problems."""
    from localemr.images import BuildFailure
    from localemr.images.debian import DebianFailure

    containers.connect()
    try:
        with containers.docker_errors_as_problems():
            yield
    except BuildFailure as failure:
        raise Problem(str(failure), "fix the cause and run it again: it goes on where it stopped") from failure
    except DebianFailure as failure:
        raise Problem(str(failure)) from failure
