"""CONTRIBUTING.md leads to what exists, and the lanes that it names keep what they promise."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.whitespace import problems

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
ADDITIONS = ("An operation", "An application", "A release", "A service", "A runtime", "A rule", "An example")
LOWEST = 86
"""Percent of coverage that pyproject.toml may not go below. Raise both when the figure rises."""


def section(title: str) -> str:
    return PAGE.partition(f"### {title}\n")[2].partition("\n#")[0]


def places(title: str) -> list[str]:
    """Paths in the first column of a section's table."""
    rows = [line.split(" | ")[0] for line in section(title).splitlines() if line.startswith("| `")]
    return [path for row in rows for path in re.findall(r"`([^`]+)`", row)]


def matches(path: str) -> list[Path]:
    """Files of that name; `<name>` stands for any."""
    return list(ROOT.glob(re.sub(r"<[a-z]+>", "*", path)))


@pytest.mark.parametrize("title", ADDITIONS)
def test_every_place_exists(title: str) -> None:
    named = places(title)
    assert len(named) >= 2
    assert [path for path in named if not matches(path)] == []


@pytest.mark.parametrize("title", ADDITIONS)
def test_every_path_of_a_section_exists(title: str) -> None:
    """Those of its text and of the other columns too."""
    named = re.findall(r"`((?:localemr|tests|docs|images)/[^`*]+)`", section(title))
    assert named
    assert [path for path in named if not matches(path)] == []


@pytest.mark.parametrize("title", ADDITIONS)
def test_every_addition_is_shown_by_tests(title: str) -> None:
    tests = re.findall(r"`(tests/[^`]+)`", section(title).partition("Shown by")[2])
    assert tests
    assert [path for path in tests if not (ROOT / path).exists()] == []


def test_every_command_is_a_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    commands = set(re.findall(r"make ([a-z-]+)", PAGE))
    assert {name for name in commands if not re.search(rf"^{name}:", makefile, re.M)} == set()


def test_coverage_has_a_floor() -> None:
    report = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["coverage"]["report"]
    assert report["fail_under"] >= LOWEST
    assert "--no-cov" not in (ROOT / "Makefile").read_text()


def test_every_test_has_a_time_limit() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert 0 < options["timeout"] <= 120


def test_hooks_download_nothing() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text()
    repos, hooks = re.findall(r"repo: (.*)", text), re.findall(r"id: ", text)
    assert set(repos) == {"local"}
    assert text.count("language: system") == len(hooks)


def test_whitespace_is_looked_at() -> None:
    assert list(problems("a\n")) == list(problems("")) == []
    assert list(problems("a \nb")) == ["line 1 ends with a blank", "no newline at the end"]
    assert list(problems("a\n\n")) == ["empty lines at the end"]


@pytest.mark.parametrize("folder", ["docs", "examples", "localemr", "tests"])
def test_files_have_no_stray_whitespace(folder: str) -> None:
    files = [path for path in (ROOT / folder).rglob("*") if path.suffix in {".md", ".py", ".toml"}]
    found = {path.relative_to(ROOT).as_posix(): list(problems(path.read_text())) for path in files}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
