"""Documentation that cannot rot: what exists is described, what is described exists."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import typer.main

from localemr.applications import applications
from localemr.cli.main import app
from localemr.settings import PREFIX, Settings
from tests import types_page

ROOT = Path(__file__).parents[2]
PLACES = ("*.md", "docs/**/*.md", "compose/*.md", "examples/*/*.md")
DOCUMENTS = sorted(path for place in PLACES for path in ROOT.glob(place))


def read(name):
    return (ROOT / name).read_text()


def commands(group=None, prefix="localemr"):
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: setting.name)
def test_every_setting_is_documented_with_its_default(setting):
    name = PREFIX + setting.name.upper()
    rows = [line for line in read("docs/settings.md").splitlines() if line.startswith(f"| `{name}`")]
    assert len(rows) == 1, f"docs/settings.md needs one row for {name}"
    default = rows[0].split("|")[2].strip().strip("`")
    assert default == (str(setting.default) or "empty")


def test_no_setting_is_documented_that_does_not_exist():
    known = {PREFIX + setting.name.upper() for setting in fields(Settings)}
    # Written by `localemr images env`, read by Compose alone.
    known |= {"LOCALEMR_MINIO_IMAGE", "LOCALEMR_CONTROLLER_IMAGE", "LOCALEMR_S3_DOMAINS", "LOCALEMR_CLUSTER_ID"}
    # What a node's processes are given, and the variable that benchmarks set in a node.
    known |= {"LOCALEMR_NOTE", "LOCALEMR_RUN", "LOCALEMR_SPEC", "LOCALEMR_PLAIN_JVM"}
    for document in [*DOCUMENTS, ROOT / "compose" / "compose.yaml"]:
        named = set(re.findall(r"\bLOCALEMR_[A-Z0-9_]+\b", document.read_text()))
        assert named <= known, f"{document.name} names {named - known}"


def test_compose_hands_on_every_setting():
    text = read("compose/compose.yaml")
    for setting in fields(Settings):
        assert f"      {PREFIX}{setting.name.upper()}:" in text, setting.name


@pytest.mark.parametrize(
    ("name", "command"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_and_option_is_documented(name, command):
    rows = [line for line in read("docs/cli.md").splitlines() if line.startswith(f"| `{name}`")]
    assert len(rows) == 1, f"docs/cli.md needs one row for `{name}`"
    options = [option for item in command.params for option in item.opts if option not in ("--help",)]
    # The row has options as they are, arguments as usage lines have them.
    shown = {each: each if each.startswith("-") else each.upper().removesuffix("S") for each in options}
    assert [option for option, text in shown.items() if text not in rows[0] and option not in rows[0]] == []


def test_the_page_of_instance_types_is_made_from_the_data():
    page = types_page.PAGE.read_text()
    assert page == types_page.with_tables(page), "run make docs"


def test_the_table_of_classifications_is_what_the_applications_have():
    everything = applications()
    readers = [(daemon.name, daemon.reads) for each in everything.values() for daemon in each.daemons]
    wanted = []
    for application in everything.values():
        for name, classification in application.classifications.items():
            file = f"`{classification.path}`" if classification.path else "none"
            restarts = ", ".join(daemon for daemon, reads in readers if name in reads) or "nothing"
            wanted.append(f"| `{name}` | {application.name} | {file} | {restarts} |")
    table = [line for line in read("docs/configurations.md").splitlines() if line.startswith("| `")]
    assert table == wanted


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
