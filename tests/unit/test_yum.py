"""yum on nodes: from Amazon Linux's names of packages to Debian's."""

from __future__ import annotations

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[2] / "images/base/yum"
DEBIAN = {"python3-dev", "g++", "gcc", "git", "libssl-dev", "libffi-dev", "libgeos-dev", "htop", "r-base-core"}


@pytest.fixture(scope="module")
def yum() -> ModuleType:
    loader = SourceFileLoader("yum", str(FOLDER / "yum"))
    spec = spec_from_loader("yum", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("wanted", "packages", "missing"),
    [
        (["python3-devel", "gcc-c++", "git"], ["python3-dev", "g++", "git"], []),
        (["gcc.x86_64", "openssl11-devel"], ["gcc", "libssl-dev"], []),
        (["geos-devel", "htop", "htop"], ["libgeos-dev", "htop"], []),
        (["R", "epel-release", "awscli"], ["r-base-core"], []),
        (["R3.4=stable"], ["r-base-core"], []),
        (["amazon-cloudwatch-agent", "git"], ["git"], ["amazon-cloudwatch-agent"]),
        (["python38-devel"], [], ["python38-devel"]),
    ],
)
def test_names(yum: ModuleType, wanted: list[str], packages: list[str], missing: list[str]) -> None:
    names = yum.table((FOLDER / "names").read_text())
    assert yum.resolve(wanted, names, DEBIAN.__contains__) == (packages, missing)


@pytest.mark.parametrize(
    ("line", "command", "names"),
    [
        ("-y install git jq", "install", ["git", "jq"]),
        ("install -y --enablerepo epel htop --setopt=a=b", "install", ["htop"]),
        ("-q -e 0 -d 1 update", "update", []),
        ("", "help", []),
    ],
)
def test_command_lines(yum: ModuleType, line: str, command: str, names: list[str]) -> None:
    assert yum.parse(line.split()) == (command, names)


def test_the_table_has_a_name_once_and_no_other_words(yum: ModuleType) -> None:
    lines = [line.split() for line in (FOLDER / "names").read_text().splitlines() if not line.startswith("#")]
    assert len({name for name, *_ in lines}) == len(lines)
    assert all(debian and name == name.lower() for name, *debian in lines)
