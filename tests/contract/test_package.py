"""LocalEMR as a package: built, installed into an empty environment, and used without the source tree."""

from __future__ import annotations

import json
import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from localemr.demo.example import FOLDER
from localemr.images import certificates, chain, plan
from localemr.images.image import with_needs
from tests.package import ROOT, Environment, build, environment

SECONDS = 600
"""For a test with the builds, on a busy machine."""
PLAN = """
import json
from localemr.images import chain, plan
from localemr.images.image import with_needs
from localemr.releases import running_labels
images = with_needs([*plan.plan(running_labels()), plan.controller()])
print(json.dumps({"recipes": str(chain.RECIPES), "images": {each.reference: each.name for each in images}}))
"""
CONSUMER = """
def test_a_step_fails_as_the_script_says(emr_memory):
    emr_memory.control.fail_step("load")
    assert emr_memory.client().list_clusters()["Clusters"] == []
"""

pytestmark = pytest.mark.timeout(SECONDS)


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installed(distributions: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return environment(tmp_path_factory.mktemp("installed") / "venv", distributions[1], alone=False)


def files(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)) for path in found}


def test_both_have_all_recipes_and_examples(distributions: tuple[Path, Path]) -> None:
    sdist, wheel = distributions
    recipes, examples = files(chain.RECIPES), files(FOLDER)
    with tarfile.open(sdist) as archive:
        (top,) = {name.partition("/")[0] for name in archive.getnames()}
        wanted = {f"{top}/images/{name}" for name in recipes} | {f"{top}/examples/{name}" for name in examples}
        assert wanted <= set(archive.getnames())
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        assert {f"localemr/recipes/{name}" for name in recipes} <= names
        assert {f"localemr/examples/{name}" for name in examples} <= names
        tops = {name.partition("/")[0] for name in packed.namelist()}
    assert {name.partition("-")[0] for name in tops} == {"localemr"}


def test_images_are_the_same_from_a_wheel_and_from_the_source_tree(installed: Environment) -> None:
    found = json.loads(installed.run("python", "-c", PLAN))
    assert Path(found["recipes"]).is_relative_to(installed.path)
    names: dict[str, object] = {}
    exec(PLAN.replace("print(", "result = ("), names)
    assert found["images"] == json.loads(str(names["result"]))["images"]
    assert chain.RECIPES == ROOT / "images"


def test_hosts_with_authorities_of_their_own_build_the_same(
    installed: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "company.pem"
    bundle.write_text("one")
    found = json.loads(installed.run("python", "-c", PLAN, SSL_CERT_FILE=str(bundle)))["images"]
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert certificates.fingerprint()
    assert {name for name in found.values() if name.endswith(plan.TRUSTING)} == {
        "node-trusting",
        "controller-trusting",
    }
    assert {each.reference for each in with_needs(plan.services())} <= set(found)


def test_the_command_works_without_the_source_tree(installed: Environment) -> None:
    assert re.search(r"^localemr +\d", installed.run("localemr", "version"))
    assert installed.run("localemr", "demo", "--list").startswith("data-analytics ")
    assert "--runtime" in installed.run("python", "-m", "localemr", "up", "--help", NO_COLOR="1", COLUMNS="100")


def test_the_pytest_plugin_works_without_the_source_tree(installed: Environment, tmp_path: Path) -> None:
    (tmp_path / "test_consumer.py").write_text(CONSUMER)
    command = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "test_consumer.py"))
    assert "1 passed" in installed.run(*command)


def test_an_installation_in_memory_comes_up(installed: Environment, tmp_path: Path, free_tcp_port: int) -> None:
    environ = {"LOCALEMR_HOME": str(tmp_path / "home"), "LOCALEMR_PORT": str(free_tcp_port)}
    try:
        assert "LocalEMR is up" in installed.run("localemr", "up", "--runtime", "memory", **environ)
        assert "none active" in installed.run("localemr", "status", **environ)
    finally:
        installed.run("localemr", "down", LOCALEMR_RUNTIME="memory", **environ)
