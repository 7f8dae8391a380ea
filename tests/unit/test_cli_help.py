"""Help and documentation name commands that exist: each command line of theirs is parsed."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from localemr.cli.examples import EXAMPLES, epilog
from localemr.cli.main import app

ROOT = Path(__file__).parents[2]
PLACES = ("README.md", "docs/*.md", "docs/examples/*", "compose/*.md", "examples/*/*.md", "examples/*/*.sh")
PAGES = sorted(path for place in PLACES for path in ROOT.glob(place))
LINE = re.compile(r"""(?:^|\$\(|run: |": "|&& )(localemr [^#"()|>\n]*)""", re.M)


def lines(page: Path) -> list[str]:
    """The command lines of a page: those of its code blocks, or of a whole file of another kind."""
    text = re.sub(r'"?\$\{?\w+\}?"?', "x", page.read_text())
    if page.suffix == ".md":
        text = "\n".join(re.findall(r"^```\w*\n(.*?)^```", text, re.S | re.M))
    return [found.strip() for found in LINE.findall(text)]


def parse(line: str) -> None:
    """Raises click's UsageError for a command, option or argument that does not exist."""
    command, words = typer.main.get_command(app), shlex.split(line)[1:]
    context: Any = None
    while hasattr(command, "commands"):
        assert words and words[0] in command.commands, f"{line}: no such command"
        context, command = (
            command.make_context("localemr", [words[0]], parent=context, resilient_parsing=True),
            (command.commands[words.pop(0)]),
        )
    command.make_context(line, words, parent=context)


def commands(group: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in (group or typer.main.get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name} ")
        else:
            yield prefix + name, command


def test_every_command_has_examples_in_its_help() -> None:
    found = dict(commands())
    assert found.keys() == EXAMPLES.keys()
    for name, command in found.items():
        assert command.epilog == epilog(name)
        for example, meaning in EXAMPLES[name]:
            assert f"localemr {name}" in example and meaning


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_can_be_run(name: str) -> None:
    for example, _ in EXAMPLES[name]:
        for line in LINE.findall(example):
            parse(line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_the_documentation_can_be_run(page: Path) -> None:
    for line in lines(page):
        parse(line.replace("…", "x"))


def test_the_pages_with_most_commands_are_read() -> None:
    assert "localemr images push registry.example.com:5000/team" in lines(ROOT / "docs" / "cli.md")
    assert "localemr up" in lines(ROOT / "README.md")
    assert "localemr up" in lines(ROOT / "docs" / "examples" / "workflow.yml")


def test_a_command_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(AssertionError, match="no such command"):
        parse("localemr sing")
    with pytest.raises(Exception, match="--loud"):
        parse("localemr up --loud")


def test_the_dev_container_has_the_variables_of_env() -> None:
    from localemr.cli.env import variables
    from localemr.settings import Settings

    given = json.loads((ROOT / "docs" / "examples" / "devcontainer.json").read_text())
    wanted = variables(Settings())
    assert given["remoteEnv"].items() <= wanted.items()
    assert given["forwardPorts"] == [Settings.port, Settings.s3_port, Settings.s3_console_port]
