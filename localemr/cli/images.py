"""`localemr images`: build what is missing, list, write tags for Compose, remove what is no longer needed."""

from __future__ import annotations

from typing import Annotated

import typer

from localemr.cli.console import out, reported

images = typer.Typer(no_args_is_help=True, help="The images that clusters, S3 and Compose's controller run from.")


def absent_names() -> list[str]:
    """Names of the images that are not built."""
    return []


def ensure() -> dict[str, str]:
    """References by name, after building what is missing."""
    return {}


@images.command()
def build() -> None:
    """Build the images that are missing; what is built is left alone."""
    with reported():
        ensure()


@images.command("list")
def list_() -> None:
    """Show the images, their tags and whether they are built."""
    out.print("")


@images.command()
def env() -> None:
    """Print the tags as variables for Compose: localemr images env > compose/.env."""


@images.command()
def prune(
    everything: Annotated[bool, typer.Option("--all", help="Every image of LocalEMR, not only old ones.")] = False,
) -> None:
    """Remove images that no release needs any more."""
