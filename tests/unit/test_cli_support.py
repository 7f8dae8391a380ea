"""`localemr support` and `localemr logs --controller`: what they show, and what they hide."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from localemr.cli import controllerlog
from localemr.cli.main import app
from localemr.cli.support import cleaner
from localemr.installation.background import Controller
from localemr.problem import Problem
from localemr.settings import Settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCALEMR_RUNTIME", "memory")
    monkeypatch.setenv("LOCALEMR_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALEMR_PORT", "9")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LOCALEMR_SECRET_KEY", "very-hidden-1")
    monkeypatch.setenv("LOCALEMR_ACCESS_KEYS", "localemr:very-hidden-1,other:very-hidden-2")
    return tmp_path


def test_the_archive_has_what_a_report_needs_and_no_secret(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localemr.cli.version._docker", lambda: "Engine 1")
    (home / "controller.log").write_text("started\nkey very-hidden-2 is used\nproxy http://me:mine@proxy:3128\n")
    (home / "state" / "localemr").mkdir(parents=True)
    (home / "state" / "localemr" / "build-node-1.log").write_text("Step 1/2 : FROM base\nNPM_TOKEN=abcdef\n")
    path = home / "report.tar.gz"
    done = CliRunner().invoke(app, ["support", "--file", str(path)])
    assert done.exit_code == 0, done.output
    with tarfile.open(path) as archive:
        files = {each.name.partition("/")[2]: archive.extractfile(each).read().decode() for each in archive}  # type: ignore[union-attr]
    assert {"versions.txt", "settings.txt", "doctor.txt", "logs/controller.log", "builds/build-node-1.log"} <= {*files}
    everything = "\n".join(files.values())
    assert "started" in everything and "FROM base" in everything and "Engine 1" in everything
    assert "proxy:3128" in everything
    assert [each for each in ("very-hidden", "mine", "abcdef") if each in everything] == []
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            '"javax.jdo.option.ConnectionPassword": "abc", "x": 1',
            '"javax.jdo.option.ConnectionPassword": "***", "x": 1',
        ),
        ("GET /ui/?localemr-ticket=1.abc&a=b", "GET /ui/?localemr-ticket=***&a=b"),
        ("AWS_SECRET_ACCESS_KEY=abc", "AWS_SECRET_ACCESS_KEY=***"),
        ("Credential=AKIAABCDEFGHIJKLMNOP/2026", "Credential=***"),
        ("localemr-secret", "***"),
        ("no such bucket", "no such bucket"),
    ],
)
def test_what_is_hidden(text: str, shown: str) -> None:
    assert cleaner(Settings())(text) == shown


def test_the_controllers_log_is_followed_over_its_replacement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controllerlog, "LOOK", 0)
    controller, written = Controller(Settings(home=str(tmp_path))), bytearray()
    log = controller.log_file
    with pytest.raises(Problem, match="there is no log"):
        controllerlog.show(controller, False, written.extend)

    def add() -> None:
        with log.open("a") as file:
            file.write("two\n")

    def replace() -> None:
        add()
        log.replace(log.with_name(log.name + ".1"))
        log.write_text("three\n")

    log.write_text("one\n")
    controller.error_file.write_text("crash\n")
    changes = [add, replace, lambda: None]

    def ended() -> bool:
        if not changes:
            return True
        changes.pop(0)()
        return False

    controllerlog.show(controller, True, written.extend, ended)
    assert written.decode() == "one\ncrash\ntwo\ntwo\nthree\n"


def test_logs_of_a_cluster_and_of_the_controller_exclude_each_other(home: Path) -> None:
    (home / "controller.log").write_text("started\n")
    assert CliRunner().invoke(app, ["logs", "--controller"]).stdout == "started\n"
    assert CliRunner().invoke(app, ["logs", "nightly", "--controller"]).exit_code == 1
    assert CliRunner().invoke(app, ["logs"]).exit_code == 1
