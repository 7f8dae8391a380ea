"""Each example has its parts, and its check fails when a result is wrong."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from localemr.demo import commands, steps
from localemr.demo.example import FOLDER, Example, examples, named
from localemr.problem import Problem
from tests.unit.example_outputs import ERRORS, OUTPUTS, Files, check_of

ALL = examples()
WITH_STEPS = [name for name, example in ALL.items() if not example.commands]
WITH_COMMANDS = [name for name, example in ALL.items() if example.commands]
USES = {
    "data-analytics", "database", "etl", "integration-test", "log-analysis", "machine-learning", "offline-demo",
    "terraform",
}  # fmt: skip
SECTIONS = ("How it is checked", "What to look at")
INSTANCES = (3, 9)
"""The oldest Python that jobs run on."""


def page(name: str) -> str:
    return (FOLDER / name / "README.md").read_text()


def files(example: Example, pattern: str) -> list[Path]:
    return sorted(example.folder.rglob(pattern))


def test_there_is_one_for_each_use() -> None:
    assert set(ALL) == USES == {path.name for path in FOLDER.iterdir()}


@pytest.mark.parametrize("name", ALL)
def test_it_has_a_page(name: str) -> None:
    text = page(name)
    assert text.startswith(f"# {ALL[name].title}\n")
    assert re.search(rf"^make example NAME={name}\b", text, re.M) and re.search(rf"^localemr demo {name}\b", text, re.M)
    for title in SECTIONS:
        section = text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
        assert len(section.split()) > 15, title


@pytest.mark.parametrize("name", ALL)
def test_its_page_leads_to_all_files_that_are_read(name: str) -> None:
    linked = set(re.findall(r"\]\(([^)#]+)\)", page(name)))
    of_team = {"main.tf", "variables.tf", "outputs.tf", "__init__.py"}
    shown = [path for pattern in ("*.py", "*.sql", "*.sh") for path in files(ALL[name], pattern)]
    missing = [path for path in shown if path.relative_to(FOLDER / name).as_posix() not in linked]
    assert [path.name for path in missing if path.name not in of_team] == []


@pytest.mark.parametrize("name", ALL)
def test_its_programs_are_python(name: str) -> None:
    for path in files(ALL[name], "*.py"):
        on_instances = path.parent.name == "jobs"
        tree = ast.parse(path.read_text(), feature_version=INSTANCES if on_instances else None)
        assert ast.get_docstring(tree), path


@pytest.mark.parametrize("name", WITH_STEPS)
def test_steps_name_what_there_is(name: str) -> None:
    example = ALL[name]
    words = " ".join(word for step in example.steps for word in step["HadoopJarStep"]["Args"])
    jobs = set(re.findall(rf"s3://{example.bucket}/jobs/([\w.]+)", words))
    assert jobs == {path.name for path in (example.folder / "jobs").iterdir() if path.is_file()}
    assert {bucket for bucket, _ in re.findall(r"s3://([\w-]+)(/|\b)", words)} == {example.bucket}
    assert example.cluster["LogUri"] == f"s3://{example.bucket}/logs/"
    assert f"/{steps.OUTPUT}" in words


@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_commands_name_what_there_is(name: str) -> None:
    example = ALL[name]
    scripts = {word for command in example.commands for word in command if word.endswith(".sh")}
    assert scripts == {path.name for path in files(example, "*.sh")}
    assert not (example.folder / "steps.json").exists()


@cache
def data(name: str) -> Path:
    """What an example's `data.py` writes, once."""
    folder = Path(mkdtemp(prefix=f"localemr-{name}-"))
    steps.program(FOLDER / name / "data.py", folder)
    return folder


@cache
def right_output(name: str) -> Files:
    return OUTPUTS[name](check_of(name), data(name))


def judged(name: str, output: Files, folder: Path) -> steps.Table:
    for path, text in output.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return steps.table(FOLDER / name, data(name), folder)


def test_all_checks_are_tested() -> None:
    assert sorted(OUTPUTS) == sorted(ERRORS) == WITH_STEPS


@pytest.mark.parametrize("name", WITH_STEPS)
def test_right_results_pass(name: str, tmp_path: Path) -> None:
    found = judged(name, right_output(name), tmp_path)
    assert [check.what for check in found.checks if not check.right] == []
    assert found.right and found.rows and found.chart in found.columns
    assert {len(row) for row in found.rows} == {len(found.columns)}


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, found in ERRORS.items() for path in found])
def test_wrong_results_fail(name: str, path: str, tmp_path: Path) -> None:
    right = right_output(name)
    wrong = {**right, path: ERRORS[name][path](right[path])}
    assert wrong != right
    assert not judged(name, wrong, tmp_path).right


def test_a_table_without_checks_is_not_right() -> None:
    assert not steps.Table("", ("a",), ((1,),), "", ()).right


def test_a_program_that_fails_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "data.py").write_text("raise SystemExit('no space')")
    with pytest.raises(Problem) as caught:
        steps.program(tmp_path / "data.py")
    assert caught.value.message.endswith("data.py failed: no space")


def test_an_unknown_name_is_a_problem_that_has_the_names() -> None:
    with pytest.raises(Problem) as caught:
        named("cooking")
    assert all(name in caught.value.fix for name in USES)


def made(folder: Path, *lines: str) -> Example:
    """An example with these commands of bash."""
    folder.mkdir()
    (folder / "words").write_text("hello\n")
    return Example(folder, "title", "summary", commands=tuple(("bash", "-c", line) for line in lines))


def test_commands_run_in_a_copy_with_the_environment(tmp_path: Path) -> None:
    example = made(tmp_path / "one", 'echo "$PLACE" >> words', f"cp words {tmp_path}/seen; command -v python > where")
    announced: list[str] = []
    (tmp_path / "work").mkdir()
    commands.run(example, {"PLACE": "here"}, tmp_path / "work", announced.append)
    assert (tmp_path / "seen").read_text() == "hello\nhere\n"
    assert (tmp_path / "one" / "words").read_text() == "hello\n"
    assert len(announced) == 2


def test_a_command_that_fails_ends_the_example(tmp_path: Path) -> None:
    example = made(tmp_path / "one", "exit 3", f"touch {tmp_path}/seen")
    (tmp_path / "work").mkdir()
    with pytest.raises(Problem, match="ended with 3"):
        commands.run(example, {}, tmp_path / "work", lambda line: None)
    assert not (tmp_path / "seen").exists()


def test_missing_programs_are_named() -> None:
    example = Example(Path("x"), "", "", needs=("sh", "no-such-program"))
    assert commands.missing(example) == ["no-such-program"]
