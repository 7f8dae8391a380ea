"""`localemr images`: build missing images, list, write tags for Compose, remove images."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from localemr.cli.building import display
from localemr.cli.console import columns, err, out, read_settings, reported
from localemr.cli.kustomize import component
from localemr.installation import containers, minio
from localemr.installation.home import state_folder
from localemr.installation.locks import exclusive_lock_async
from localemr.installation.s3_names import domains
from localemr.problem import Problem

if TYPE_CHECKING:
    from localemr.images.image import Image

MB = 1_000_000
OF_BUILDS = "build-*"
"""Files of builds in the state folder: logs and locks."""


def ensure(images: Callable[[], Iterable[Image]]) -> int:
    """Build the missing ones of these images and what they need, with progress. Returns the number of built images."""
    from localemr.images.build import build
    from localemr.images.daemon import present
    from localemr.images.image import to_build

    with explained():
        # An existing image is not rebuilt: its tag is the digest of its inputs.
        requested, registry = tuple(images()), read_settings().registry
        if not (absent := to_build(requested, present())):
            return 0
        with display(err, [image.name for image in absent]) as report:
            asyncio.run(build(requested, report, state_folder(), registry, exclusive_lock_async))
        return len(absent)


def build_command(
    labels: Annotated[
        list[str] | None, typer.Argument(metavar="[LABEL]...", help="Release labels; none: the default one.")
    ] = None,
    applications: Annotated[
        str, typer.Option(help="Only these, separated by commas, and what they need; none: all of the release.")
    ] = "",
    controller: Annotated[
        bool, typer.Option("--controller", help="The controller's image as well, which Compose runs.")
    ] = False,
) -> None:
    """Build the images of clusters and MinIO that are missing; images that are there stay as they are."""
    with reported():
        built = ensure(lambda: for_clusters(labels or (), names_in(applications), controller))
        # On standard error: `make test` ends with pytest's own line on standard output.
        err.print(f"{built} images built." if built else "All images are built.")


def list_command(
    everything: Annotated[bool, typer.Option("--all", help="Also the images that these are built on.")] = False,
) -> None:
    """Show the images, their tags and whether they are built."""
    from localemr.images.daemon import present
    from localemr.images.image import with_needs
    from localemr.images.plan import APPLICATIONS
    from localemr.images.present import current

    rows = [("image", "tag", "applications", "size")]
    with reported(), explained():
        found = present()
        shown = current(found)
        for image in with_needs(shown) if everything else shown:
            there = found.get(image.reference)
            size = f"{there.size / MB:,.0f} MB" if there else "not built"
            rows.append((image.name, image.reference, image.labels.get(APPLICATIONS, ""), size))
    out.print("\n".join(columns(rows, indent="")), soft_wrap=True, markup=False)


def env(
    kustomize: Annotated[
        bool, typer.Option("--kustomize", help="For Kubernetes: a component of Kustomize, with LOCALEMR_REGISTRY.")
    ] = False,
) -> None:
    """Print the images' tags as variables for Compose: localemr images env > compose/.env."""
    from localemr.images.daemon import present
    from localemr.images.image import to_build
    from localemr.images.plan import catalog, controller, reference, services
    from localemr.images.present import portable

    with reported(), explained():
        wanted = [*services(), controller(), *([catalog()] if kustomize else [])]
        absent = [image.name for image in to_build(wanted, present())]
        if absent:
            raise Problem(f"not built: {', '.join(absent)}", "run `localemr images build --controller`")
        if kustomize:
            references = (portable(image)[-1].reference for image in wanted)
            typer.echo(component(references, read_settings().registry), nl=False)
            return
        typer.echo("COMPOSE_PROJECT_NAME=localemr")
        for name in ("minio", "controller"):
            typer.echo(f"LOCALEMR_{name.upper()}_IMAGE={reference(name)}")
        typer.echo(f"LOCALEMR_S3_DOMAINS={','.join(domains(minio.ALIAS))}")


def prune(
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="LABEL", help="Also remove images of other release labels than these; may be repeated."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every image of LocalEMR, not the outdated ones only.")
    ] = False,
) -> None:
    """Remove images whose inputs have changed since they were built; those in use stay."""
    from localemr.images import daemon
    from localemr.images.build import lock_of, log_of
    from localemr.images.image import with_needs
    from localemr.images.present import current

    with reported(), explained():
        check_labels(keep or ())
        kept = () if everything else with_needs(current(daemon.present(), keep or ()))
        removed = daemon.prune({image.reference for image in kept})
        folder = state_folder()
        for file in {*folder.glob(OF_BUILDS)} - {of(image, folder) for image in kept for of in (log_of, lock_of)}:
            file.unlink(missing_ok=True)
        out.print(f"{len(removed)} images removed.")


def names_in(applications: str) -> list[str]:
    """The names in a list with commas."""
    return [name.strip() for name in applications.split(",") if name.strip()]


def for_clusters(
    labels: Iterable[str] = (), names: Iterable[str] = (), with_controller: bool = False
) -> tuple[Image, ...]:
    """MinIO's image and those of clusters with these release labels (default: the default release) and applications
    (default: all but those with a switch, with the shared catalog), the controller's last. Raises Problem for unknown
    ones, and for an application that a label does not have.
    """
    from localemr.images.plan import controller, started
    from localemr.releases import default_release, releases

    labels = check_labels(labels)
    chosen = [_application(name) for name in names]
    for label, name in ((label, name) for label in labels or (default_release().label,) for name in chosen):
        if not releases()[label].version(name):
            raise Problem(
                f"{label} does not have {name}", f"it has {', '.join(sorted(releases()[label].applications))}"
            )
    beside = (controller(),) if with_controller else ()
    return (*started(labels, chosen or None), *beside)


def check_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """The labels. Raises Problem for one that does not run."""
    from localemr.releases import running_labels

    labels = tuple(labels)
    if unknown := [label for label in labels if label not in running_labels()]:
        known = ", ".join(running_labels())
        raise Problem(f"there are no images for the release label {', '.join(unknown)}", f"there are for {known}")
    return labels


def _application(name: str) -> str:
    """The application in EMR's spelling; as in EMR's API, upper and lower case are the same. Raises Problem."""
    from localemr.applications import applications

    known = {each.lower(): each for each in applications()}
    if name.lower() not in known:
        raise Problem(f"unknown application: {name}", f"known are {', '.join(sorted(applications()))}")
    return known[name.lower()]


@contextmanager
def explained() -> Iterator[None]:
    """Set up the connection to Docker, and turn errors of images into Problems."""
    from localemr.images.archive import ArchiveDamaged
    from localemr.images.build import BuildFailure
    from localemr.images.debian import DebianFailure

    containers.connect()
    try:
        with containers.docker_errors_as_problems():
            yield
    except BuildFailure as failure:
        raise Problem(str(failure), "fix the cause and run it again: it goes on where it stopped") from failure
    except DebianFailure as failure:
        raise Problem(str(failure)) from failure
    except ArchiveDamaged as failure:
        raise Problem(str(failure), "write or copy the file again: `localemr images save` makes it") from failure
