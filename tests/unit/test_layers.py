"""Who may import whom (docs/architecture.md). Every import of every module is read, those inside functions too.

The tables are total and exact: every layer has its row in both, and a permission that nothing uses fails.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import localemr

ROOT = Path(localemr.__file__).parent

NESTED = ("domain",)
"""Packages whose sub-packages are layers of their own."""

ALLOWED: dict[str, set[str]] = {
    "clock": set(),
    "tasks": set(),
    "outgoing": set(),
    "problem": set(),
    "extensions": set(),
    "settings": set(),
    "aws": set(),
    "domain.model": {"aws"},
    "domain.cost": {"domain.model"},
    "domain.node": {"domain.model"},
    "domain.accept": {"domain.model", "domain.node"},
    "domain.decide": {"domain.model", "domain.node"},
    "applications": {"domain.model", "domain.node", "extensions"},
    "releases": {"domain.cost", "domain.model", "extensions"},
    "store": {"domain.model"},
    "runtime": {"clock", "tasks"},
    "images": {"applications", "domain.model", "releases", "runtime", "tasks"},
    "glue": {"aws", "domain.node"},
    "iam": {"aws"},
    "delivery": {"aws", "clock", "tasks"},
    "cloudwatch": {"aws", "clock", "delivery", "tasks"},
    "events": {"aws", "clock", "delivery", "outgoing"},
    "sts": {"aws"},
    "emr": {"aws", "domain.accept", "domain.model", "domain.node", "store"},
    "installation": {"domain.cost", "domain.node", "glue", "problem", "runtime", "settings", "tasks"},
    "reconcile": {"clock", "domain.decide", "domain.model", "domain.node", "runtime", "store", "tasks"},
    "api": {"aws", "outgoing", "tasks"},
    "door": set(),
    "webui": {"domain.model", "door", "store"},
    "checks": {"images", "installation", "problem", "settings"},
    "console": {"api", "aws", "domain.cost", "domain.model", "installation", "problem", "settings", "webui"},
    "faults": {"api", "aws", "clock", "domain.model", "domain.node", "reconcile", "runtime"},
    "demo": {"problem", "releases"},
    "platforms": {"api", "clock", "domain.node", "faults", "images", "installation", "runtime", "settings"},
    "catalog": {"applications", "domain.model", "installation", "releases", "settings"},
    "doors": {"api", "domain.node", "door", "settings", "webui"},
    "beside": {"api", "delivery", "images", "installation", "settings"},
    "app": {
        "api", "aws", "beside", "catalog", "checks", "cloudwatch", "console", "domain.model", "door", "doors", "emr",
        "events", "glue", "iam", "installation", "platforms", "problem", "reconcile", "releases", "settings",
        "store", "sts", "webui",
    },
    "cli": {
        "app", "applications", "checks", "demo", "domain.cost", "domain.model", "domain.node", "images", "installation",
        "problem", "releases", "runtime", "settings", "webui",
    },
    "testing": {
        "app", "cli", "clock", "doors", "images", "installation", "platforms", "releases", "runtime", "settings",
    },
    "__main__": {"cli"},
    "__init__": set(),
}  # fmt: skip
"""Layer → the layers of LocalEMR that it imports besides itself."""

FOREIGN: dict[str, set[str]] = {
    "clock": set(),
    "tasks": set(),
    "outgoing": {"httpx"},
    "problem": set(),
    "extensions": set(),
    "settings": set(),
    "aws": {"orjson"},
    "domain.model": set(),
    "domain.cost": set(),
    "domain.node": {"javaproperties"},
    "domain.accept": set(),
    "domain.decide": set(),
    "applications": {"javaproperties"},
    "releases": set(),
    "images": {"docker", "requests"},
    "store": {"orjson", "pydantic"},
    "runtime": {"docker", "h2", "httpx", "httpx2", "lightkube", "requests", "urllib3"},
    "glue": {"orjson", "re2", "thriftpy2"},
    "iam": set(),
    "cloudwatch": {"orjson"},
    "delivery": {"botocore"},
    "events": {"httpx", "orjson"},
    "sts": set(),
    "emr": set(),
    "installation": {"docker", "minio", "pyarrow", "urllib3"},
    "reconcile": set(),
    "api": {"botocore", "httpx", "orjson", "re2", "starlette"},
    "door": {"starlette"},
    "webui": {"h11", "starlette"},
    "console": {"jinja2", "orjson", "starlette"},
    "faults": {"pydantic", "starlette"},
    "demo": {"pyspark"},
    "platforms": {"starlette"},
    "catalog": set(),
    "checks": set(),
    "doors": {"starlette"},
    "beside": set(),
    "app": {"fastapi", "starlette"},
    "cli": {"boto3", "botocore", "rich", "typer", "uvicorn"},
    "testing": {"boto3", "pytest", "testcontainers", "uvicorn"},
    "__main__": set(),
    "__init__": set(),
}
"""Layer → the packages from outside the standard library that it imports."""

DOCKER = ("runtime/docker", "installation/", "images/")
"""Where the docker SDK may be imported."""

IMPURE = {"asyncio", "time", "random", "threading", "socket", "subprocess", "os", "pathlib", "sqlite3", "logging"}
"""Modules that have no place in the domain."""

# The programs of images run in containers, with packages of their own.
MODULES = sorted(
    path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py") if "image" not in path.relative_to(ROOT).parts
)


def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text())


def imports(module: str) -> Iterator[str]:
    """Dotted names of all that the module imports; `from a import b` counts as `a.b`."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(dotted: str) -> str:
    """The layer of a dotted name below `localemr`."""
    first, *rest = dotted.split(".")
    return f"{first}.{rest[0]}" if first in NESTED and rest else first


def layer_of(module: str) -> str:
    return layer(module.removesuffix(".py").replace("/", "."))


def inside(name: str) -> bool:
    """Whether it is a name of LocalEMR's, other than what `localemr/__init__.py` defines."""
    return name.startswith("localemr.") and not name.startswith("localemr.__")


LAYERS = sorted({layer_of(module) for module in MODULES if module != "domain/__init__.py"})


def used(here: str) -> tuple[set[str], set[str]]:
    """The layers and the foreign packages that the modules of a layer import."""
    names = {name for module in MODULES if layer_of(module) == here for name in imports(module)}
    own = {layer(name.removeprefix("localemr.")) for name in names if inside(name)}
    foreign = {name.split(".")[0] for name in names}
    return own - {here}, foreign - sys.stdlib_module_names - {"localemr"}


def test_every_layer_has_its_row() -> None:
    assert sorted(ALLOWED) == LAYERS
    assert sorted(FOREIGN) == LAYERS


@pytest.mark.parametrize("here", LAYERS)
def test_layers(here: str) -> None:
    assert used(here)[0] == ALLOWED[here]


@pytest.mark.parametrize("here", LAYERS)
def test_foreign_packages(here: str) -> None:
    assert used(here)[1] == FOREIGN[here]


def test_no_import_runs_upwards() -> None:
    """Raises CycleError for a circle of layers; the order of the table is from the ground up."""
    tuple(TopologicalSorter(ALLOWED).static_order())
    below: set[str] = set()
    for here, permitted in ALLOWED.items():
        assert permitted <= below, f"{here} imports what stands above it"
        below.add(here)


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith(DOCKER)])
def test_docker_is_spoken_in_few_places(module: str) -> None:
    assert "docker" not in {name.split(".")[0] for name in imports(module)}


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("domain/")])
def test_the_domain_is_pure(module: str) -> None:
    assert not {name.split(".")[0] for name in imports(module)} & IMPURE
    calls = {
        node.func.attr
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not calls & {"now", "utcnow", "today"}


def test_only_ids_makes_anything_up() -> None:
    """A fresh cluster id is the one piece of randomness; everything else follows from it."""
    random = [name for name in MODULES if name.startswith("domain/") and "secrets" in set(imports(name))]
    assert random == ["domain/model/ids.py"]
