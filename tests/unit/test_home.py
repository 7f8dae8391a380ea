"""What LocalEMR writes on the host is for its user alone, and nothing has a name in a folder that others share."""

from __future__ import annotations

import ast
import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import localemr
from localemr.installation.background import Controller
from localemr.installation.home import databases, make_home, state_folder
from localemr.installation.locks import exclusive_lock
from localemr.installation.logs import set_up_logging
from localemr.settings import Settings

ROOT = Path(localemr.__file__).parent


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_a_home_and_files_of_before_become_private(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    settings = Settings(home=str(home))
    ours = [home / "localemr.db", home / "localemr.db-wal", home / "table-versions.db", home / "controller.log"]
    ours += [home / "metrics.db", home / "metrics.db-wal"]
    others = home / "notes.txt"
    for file in [*ours, others]:
        file.write_text("")
        file.chmod(0o644)
    make_home(settings)
    assert mode(home) == 0o700
    assert [oct(mode(file)) for file in ours] == [oct(0o600)] * len(ours)
    assert mode(others) == 0o644


def test_a_folder_for_all_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    make_home(Settings(home=str(shared)))
    assert mode(shared) == 0o1777
    monkeypatch.setenv("HOME", str(tmp_path))
    tmp_path.chmod(0o755)
    make_home(Settings(home=str(tmp_path)))
    assert mode(tmp_path) == 0o755


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("whole")
    target.chmod(0o644)
    (tmp_path / "controller.log").symlink_to(target)
    make_home(Settings(home=str(tmp_path)))
    assert mode(target) == 0o644
    (tmp_path / "the.lock").symlink_to(target)
    with pytest.raises(OSError, match="symbolic"), exclusive_lock(tmp_path / "the.lock"):
        pass
    assert target.read_text() == "whole"


def test_all_that_the_controller_writes_is_private(tmp_path: Path, unused_port: int) -> None:
    """The real process under a permissive umask: database with its WAL, log, standard error, pid file."""
    environ = {**os.environ, "LOCALEMR_HOME": str(tmp_path / "home"), "LOCALEMR_PORT": str(unused_port)}
    controller = Controller(Settings.read(environ))
    before = os.umask(0)
    try:
        process = controller.start({**environ, "LOCALEMR_RUNTIME": "memory"})
        controller.wait_healthy(process, 30)
        assert controller.stop()
    finally:
        os.umask(before)
        process.kill()
        process.wait()
    found = {file.name: oct(mode(file)) for file in (tmp_path / "home").iterdir()}
    assert {"controller.log", "controller.err"} <= found.keys()
    assert set(found.values()) == {oct(0o600)}
    assert mode(tmp_path / "home") == 0o700


def test_a_database_that_serve_makes_is_private(tmp_path: Path) -> None:
    script = (
        "import os; from localemr.glue import Versions; from localemr.store import Store; os.umask(0o077);"
        "from localemr.cloudwatch.database import open_database;"
        "kept = [Store('localemr.db'), Versions('table-versions.db'), open_database('metrics.db')];"
        "print([f'{name} {os.stat(name).st_mode & 0o777:o}' for name in sorted(os.listdir())])"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT.parent)}
    shown = ast.literal_eval(
        subprocess.check_output([sys.executable, "-c", script], cwd=tmp_path, env=environ, text=True)
    )
    assert {"localemr.db 600", "localemr.db-wal 600", "table-versions.db 600", "metrics.db 600"} <= set(shown)
    assert all(each.endswith(" 600") for each in shown)
    assert {each.split()[0] for each in shown} <= {file.name for file in databases(Settings(home=str(tmp_path)))}


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_log_is_bounded_while_the_controller_runs(tmp_path: Path) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    log = tmp_path / "controller.log"
    try:
        set_up_logging(logging.INFO, log, most=10_000)
        for number in range(2_000):
            logging.getLogger("test").info("line %d", number)
        logging.getLogger("test").info("the last")
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers[:] = before
        root.setLevel(level)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["controller.log", "controller.log.1"]
    assert all(file.stat().st_size <= 10_000 for file in tmp_path.iterdir())
    assert log.read_text().endswith("INFO    test: the last\n")


def test_what_a_crash_wrote_to_standard_error_is_kept_and_shown(tmp_path: Path) -> None:
    controller = Controller(Settings(home=str(tmp_path)))
    with controller._new_error_file() as errors:
        errors.write(b"Fatal Python error: Segmentation fault\n")
    assert "Segmentation fault" in controller.log_tail()
    controller._new_error_file().close()
    assert "Segmentation fault" in (tmp_path / "controller.err.1").read_text()
    assert controller.error_file.read_bytes() == b""


def test_locks_and_logs_of_builds_are_in_a_folder_of_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "state"
    assert state_folder({"XDG_STATE_HOME": str(given)}) == given / "localemr"
    assert mode(given / "localemr") == 0o700
    (given / "localemr").chmod(0o777)
    state_folder({"XDG_STATE_HOME": str(given)})
    assert mode(given / "localemr") == 0o700
    monkeypatch.setenv("HOME", str(tmp_path))
    for environ in ({}, {"XDG_STATE_HOME": ""}, {"XDG_STATE_HOME": "relative"}):
        assert state_folder(environ) == tmp_path / ".local/state/localemr"


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_is_written_at_a_predictable_name_of_a_shared_folder(path: Path) -> None:
    """`tempfile` makes files and folders of unpredictable names; only the folder's own name invites others."""
    names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    assert not names & {"gettempdir", "gettempdirb", "mktemp", "tempdir"}
