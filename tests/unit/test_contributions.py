"""Applications add to each other's files, and know only those that they need."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localemr.applications import applications
from localemr.domain.model.application import Appended, Application, Classification
from localemr.domain.model.dependencies import with_dependencies
from localemr.domain.node.configurations import properties_of
from localemr.domain.node.instance_files import facts_of
from tests.golden import CATALOG, records_of
from tests.golden_scenarios import SCENARIOS

FOLDER = Path(__file__).parents[2] / "localemr" / "applications"
OWN = applications()
OWN_WORDS = {"Spark": {"hive"}, "Trino": {"iceberg", "delta", "hudi"}}
"""Words that mean something else: a value of spark.sql.catalogImplementation, and Trino's own connectors."""
NEUTRAL = sorted(path.stem for path in FOLDER.glob("*.py"))


def modules(name: str) -> list[Path]:
    """The Python modules of an application, or a module that all applications may use."""
    return sorted((FOLDER / name).glob("*.py")) if (FOLDER / name).is_dir() else [FOLDER / f"{name}.py"]


def imported(path: Path) -> Iterator[str]:
    """The names below `localemr.applications` that the module imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        yield from (name.split(".")[2] for name in names if name.startswith("localemr.applications."))


def written(path: Path) -> set[str]:
    """All strings of the module, without its docstrings."""
    tree = ast.parse(path.read_text())
    strings = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    statements = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return {node.value.casefold() for node in strings if node not in statements}


def names_of(application: Application) -> set[str]:
    """What would name the application: its name, its classifications and its daemons."""
    found = {application.name, *application.classifications, *(daemon.name for daemon in application.daemons)}
    return {name.casefold() for name in found}


def needed(application: Application) -> set[str]:
    return {each.name for each in with_dependencies([application.name], OWN)}


@pytest.mark.parametrize("name", OWN)
def test_an_application_imports_no_other(name: str) -> None:
    found = {other for path in modules(name.lower()) for other in imported(path)}
    assert found <= {name.lower(), *NEUTRAL}


@pytest.mark.parametrize("name", OWN)
def test_an_application_names_only_those_that_it_needs(name: str) -> None:
    strings = {string for path in modules(name.lower()) for string in written(path)} - OWN_WORDS.get(name, set())
    for other in OWN.values():
        if other.name not in needed(OWN[name]) | {*OWN[name].joins}:
            assert not strings & names_of(other), f"{name} names {other.name}"


@pytest.mark.parametrize("name", NEUTRAL)
def test_what_they_share_knows_none_of_them(name: str) -> None:
    (path,) = modules(name)
    assert set(imported(path)) <= {*NEUTRAL}
    assert not any(written(path) & names_of(other) for other in OWN.values())


def test_hadoop_is_the_ground() -> None:
    assert not OWN["Hadoop"].needs
    assert not OWN["Hadoop"].contributes


@pytest.mark.parametrize("name", OWN)
def test_contributions_are_to_applications_that_are_needed(name: str) -> None:
    application = OWN[name]
    others = needed(application) - {name} | {*application.joins}
    known = {each for other in others for each in OWN[other].classifications}
    assert application.contributes.keys() <= known


def test_lists_grow_at_their_end_and_have_an_entry_once() -> None:
    assert Appended("b").to("a") == "a,b"
    assert Appended("b").to("") == "b"
    assert Appended("b").to("a,b,c") == "a,b,c"
    assert Appended("-x -y", " ").to("-server") == "-server -x -y"
    assert Appended("", " ").to("-server") == "-server"


SITE = Classification("/etc/site.xml", "hadoop-xml", lambda facts: {"list": "owner", "a": "owner", "b": "owner"})
GROUND = Application("Ground", classifications={"site": SITE})
FIRST = Application("First", contributes={"site": lambda facts: {"list": Appended("first"), "a": "first"}})
SECOND = Application("Second", contributes={"site": lambda facts: {"list": Appended("second"), "a": "second"}})


def test_the_order_is_defaults_contributions_users() -> None:
    records = records_of(SCENARIOS["hadoop"])
    plain = facts_of(records, records.instances[0], [], CATALOG)

    def made(*users: Application, **requested: str) -> dict[str, str]:
        facts = replace(plain, requested={"site": requested})
        return properties_of("site", SITE, [GROUND, *users], facts)

    assert made() == {"list": "owner", "a": "owner", "b": "owner"}
    assert made(FIRST, SECOND) == {"list": "owner,first,second", "a": "second", "b": "owner"}
    assert made(FIRST, SECOND, list="own", a="own") == {"list": "own", "a": "own", "b": "owner"}


def test_memory_of_daemons_is_taken_by_role() -> None:
    spark = SCENARIOS["spark"]
    greedy = Application("Greedy", memory_mb={frozenset({"MASTER"}): 100, frozenset({"CORE", "TASK"}): 4000})

    def offered(core: int, *more: Application) -> set[int]:
        records = records_of(replace(spark, core=core, task=core))
        used = [*with_dependencies(["Spark"], OWN), *more]
        return {facts_of(records, each, used, CATALOG).yarn_mb for each in records.instances}

    # m5.xlarge has 16,384 MiB, of which EMR's table gives 12,288 to YARN.
    assert offered(1) == {12288}
    assert offered(1, greedy) == {16384 - 384 - 4000}
    assert offered(0, greedy) == {16384 - 1280 - 4100}
