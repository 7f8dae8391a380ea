"""The examples: one folder a use, with its page, its programs, and what describes its run."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localemr.problem import Problem

PACKAGE = Path(__file__).parents[1]
PACKED = "examples"
"""The folder of the examples in an installed package (setup.py)."""
FOLDER = PACKAGE / PACKED if (PACKAGE / PACKED).is_dir() else PACKAGE.parent / PACKED
"""In a source tree they are beside the package."""


@dataclass(frozen=True)
class Example:
    """What `example.toml` in its folder says.

    An example is either steps on a cluster (`cluster.json` and `steps.json`, in the form of EMR's API, `jobs` that are
    uploaded, `data.py` and `check.py`), or `commands`.
    """

    folder: Path
    title: str
    summary: str
    bucket: str = ""
    """Where its data, jobs, results and logs are; of an example with steps."""
    commands: tuple[tuple[str, ...], ...] = ()
    """Run one after the other in a copy of the folder, with the environment that `localemr env` prints."""
    needs: tuple[str, ...] = ()
    """Programs that have to be installed."""
    applications: tuple[str, ...] = ()
    """Of the clusters that the commands make: their image is built before."""
    label: str = ""
    """Release label of these clusters; empty: the default one."""

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def cluster(self) -> dict[str, Any]:
        """RunJobFlow's input."""
        return dict(self._json("cluster.json"))

    @property
    def steps(self) -> list[dict[str, Any]]:
        """AddJobFlowSteps' steps, which run one after the other."""
        return list(self._json("steps.json"))

    def _json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())


def read(folder: Path) -> Example:
    """The example of a folder. TypeError for a member that does not exist."""
    members: dict[str, Any] = tomllib.loads((folder / "example.toml").read_text())
    members["commands"] = tuple(tuple(command) for command in members.get("commands", ()))
    members |= {name: tuple(members.get(name, ())) for name in ("needs", "applications")}
    return Example(folder, **members)


def examples(folder: Path = FOLDER) -> Mapping[str, Example]:
    """All of them by name, in alphabetical order."""
    return {path.parent.name: read(path.parent) for path in sorted(folder.glob("*/example.toml"))}


def named(name: str) -> Example:
    """The example of this name. Problem when there is none."""
    found = examples()
    if name not in found:
        raise Problem(f"there is no example {name}", f"choose one of {', '.join(found)}")
    return found[name]
