"""`localemr version`: what runs here."""

from __future__ import annotations

import platform
from collections.abc import Iterator

from localemr import __version__
from localemr.cli.console import columns, out
from localemr.installation import containers
from localemr.problem import Problem


def version() -> None:
    """Show the versions of LocalEMR, Python, Docker and the default release label."""
    out.print("\n".join(columns(list(versions()), indent="")), soft_wrap=True, markup=False)


def versions() -> Iterator[tuple[str, str]]:
    """Names and versions, LocalEMR's first."""
    from localemr.images.chain import RECIPES
    from localemr.releases import default_release

    yield "localemr", __version__
    yield "release", default_release().label
    yield "recipes", str(RECIPES)
    yield "Python", f"{platform.python_version()} ({platform.platform()})"
    yield "Docker", _docker()


def _docker() -> str:
    try:
        found = containers.connect().version()
    except Problem as problem:
        return problem.message
    return f"Engine {found['Version']} ({found.get('Os', '')}/{found.get('Arch', '')})"
