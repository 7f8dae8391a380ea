"""The documentation site: every page is in its navigation, which names no other; links become the site's."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CONFIGURATION = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
PATTERNS = ("*.md", "docs/**/*.md", "compose/*.md", "examples/*/README.md")


def pages(node: Any) -> Iterator[str]:
    """The pages of a part of the navigation."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from pages(value)
    else:
        for each in node:
            yield from pages(each)


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module .ci/site.py. MkDocs is not installed here."""
    monkeypatch.setitem(sys.modules, "mkdocs.structure.files", SimpleNamespace(File=SimpleNamespace))  # type: ignore[arg-type]
    specification = importlib.util.spec_from_file_location("site_hook", ROOT / ".ci" / "site.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_navigation_has_each_page_once() -> None:
    found = [path.relative_to(ROOT).as_posix().removeprefix("docs/") for each in PATTERNS for path in ROOT.glob(each)]
    assert sorted(pages(CONFIGURATION["nav"])) == sorted(found)


def test_links_that_lead_nowhere_end_the_build() -> None:
    assert CONFIGURATION["strict"] is True
    assert set(CONFIGURATION["validation"]["links"].values()) == {"warn"}


def test_pages_beside_docs_are_added(hook: ModuleType) -> None:
    found = {path.as_posix() for path in hook.beside()}
    assert {"README.md", "LICENSE", "compose/README.md", "examples/etl/README.md", "examples/etl/jobs/load.py"} <= found
    assert not any("__pycache__" in path for path in found)


@pytest.mark.parametrize(
    ("page", "text", "wanted"),
    [
        ("cli.md", "[Compose](../compose/README.md#tags)", "[Compose](compose/README.md#tags)"),
        ("README.md", "![A cluster](docs/pictures/a.png)", "![A cluster](pictures/a.png)"),
        (
            "console.md",
            "![A log](pictures/log-light.png)",
            "![A log](pictures/log-light.png#only-light)![A log](pictures/log-dark.png#only-dark)",
        ),
        ("examples/etl/README.md", "[Glue](../../docs/glue.md)", "[Glue](../../glue.md)"),
        ("examples/etl/README.md", "[load](jobs/load.py)", "[load](jobs/load.py)"),
        ("adr/0001-a-reconcile-loop-with-pure-rules.md", "[x](../architecture.md)", "[x](../architecture.md)"),
        ("clients.md", "[tests](../tests/clients)", "tests"),
        ("clients.md", "[gone](../nowhere.md)", "[gone](../nowhere.md)"),
        ("cli.md", "[out](https://example.com/a) [here](#part)", "[out](https://example.com/a) [here](#part)"),
    ],
)
def test_links_become_the_sites(hook: ModuleType, page: str, text: str, wanted: str) -> None:
    there = {"compose/README.md", "pictures/a.png", "glue.md", "architecture.md", "examples/etl/jobs/load.py"}
    there |= {"pictures/log-light.png", "pictures/log-dark.png"}
    files = SimpleNamespace(get_file_from_path=lambda path: path if path in there else None)
    found = hook.on_page_markdown(text, SimpleNamespace(file=SimpleNamespace(src_uri=page)), None, files)
    assert found == wanted


def test_the_version_of_the_extra_is_the_locks() -> None:
    (wanted,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["docs"]
    lock = (ROOT / ".ci" / "site.lock").read_text()
    assert re.search(rf"^{re.escape(wanted)} ", lock, re.M)
    pinned = re.findall(r"^[\w.-]+==", lock, re.M)
    assert len(pinned) > 10 and lock.count("--hash=sha256:") >= len(pinned)
