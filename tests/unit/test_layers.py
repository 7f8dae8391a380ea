"""Who may import whom (docs/architecture.md). Every import of every module is read, those inside functions too."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import localemr

ROOT = Path(localemr.__file__).parent

ALLOWED = {
    "settings": set(),
    "problem": set(),
    "domain": set(),
    "applications": {"domain"},
    "releases": {"domain"},
    "store": {"domain"},
    "clock": set(),
    "runtime": {"clock"},
    "operations": {"domain", "applications", "releases", "store"},
    "glue": {"domain"},
    "reconcile": {"domain", "applications", "releases", "store", "runtime", "settings", "s3", "clock"},
    "api": {"operations", "glue", "domain", "store"},
    "webui": {"domain", "store"},
}
"""Layer → the layers of LocalEMR that it may import besides itself. Layers that are not listed join the others."""

FOREIGN = {
    "domain": set(),
    "applications": set(),
    "releases": set(),
    "runtime": {"docker", "requests", "urllib3"},
    "operations": set(),
    "glue": {"orjson", "thriftpy2"},
    "store": {"orjson", "pydantic"},
    "reconcile": {"minio", "urllib3"},
    "api": {"botocore", "fastapi", "orjson", "starlette", "uvicorn"},
    "webui": {"fastapi", "h11", "starlette"},
}
"""Layer → the packages from outside the standard library that it may import."""

DOCKER = ("runtime/docker", "services.py", "images", "cli/")
"""Where the docker SDK may be imported."""

IMPURE = {"asyncio", "time", "random", "threading", "socket", "subprocess", "os", "pathlib", "sqlite3", "logging"}
"""Modules that have no place in the domain."""

MODULES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))


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


def layer(module: str) -> str:
    return module.split("/", maxsplit=1)[0].removesuffix(".py")


def test_there_is_something_to_test() -> None:
    assert {"domain/records.py", "api/wire.py", "operations/clusters.py"} <= set(MODULES)
    assert "localemr.domain.names.private_dns" in set(imports("operations/views.py"))


@pytest.mark.parametrize("module", MODULES)
def test_layers(module: str) -> None:
    here = layer(module)
    if here not in ALLOWED:
        return
    used = {name.split(".")[1] for name in imports(module) if name.startswith("localemr.")}
    assert used - {here} <= ALLOWED[here]


@pytest.mark.parametrize("module", MODULES)
def test_foreign_packages(module: str) -> None:
    here = layer(module)
    if here not in FOREIGN:
        return
    used = {name.split(".")[0] for name in imports(module)}
    assert used - sys.stdlib_module_names - {"localemr"} <= FOREIGN[here]


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
    assert [name for name in MODULES if name.startswith("domain/") and "secrets" in set(imports(name))] == [
        "domain/ids.py"
    ]
