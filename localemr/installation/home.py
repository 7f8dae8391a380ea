"""The folders that LocalEMR writes to. Configurations of clusters hold passwords, so other users may not read them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from localemr.problem import Problem
from localemr.settings import Settings

FOLDER_MODE = 0o700
FILE_MODE = 0o600
PROCESS = ("controller.pid", "controller.log", "controller.log.1", "controller.err", "controller.err.1", "up.lock")
"""Files of the home that are not data."""


def databases(settings: Settings) -> list[Path]:
    """The SQLite files, with SQLite's own files beside them."""
    files = (settings.database, settings.table_versions, settings.metrics, settings.events)
    return [Path(f"{file}{suffix}") for file in files for suffix in ("", "-wal", "-shm", "-journal")]


def make_home(settings: Settings) -> Path:
    """Create the home if missing. It and LocalEMR's files in it become private to this user."""
    home = settings.home_path
    home.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    if _ours(home):
        home.chmod(FOLDER_MODE)
    restrict([*databases(settings), *(home / name for name in PROCESS)])
    return home


def _ours(folder: Path) -> bool:
    """Whether the folder belongs to this user and is used by LocalEMR only, in contrast to /tmp or the user's home."""
    found = folder.stat()
    return found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX and folder.resolve() != Path.home()


def restrict(files: Iterable[Path]) -> None:
    """Remove other users' access to these files, as far as they exist."""
    for file in files:
        with suppress(FileNotFoundError, PermissionError):
            if not file.is_symlink():
                file.chmod(FILE_MODE)


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder that this user's installations share, for the lock and the logs of image builds.

    `localemr` in XDG_STATE_HOME (default ~/.local/state), made for this user only. Raises Problem when it belongs to
    another user, who could read and replace its files.
    """
    given = Path(environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser()
    folder = (given if given.is_absolute() else Path("~/.local/state").expanduser()) / "localemr"
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    if folder.stat().st_uid != os.geteuid():
        raise Problem(f"{folder} belongs to another user", "set XDG_STATE_HOME to a folder of your own")
    folder.chmod(FOLDER_MODE)
    return folder


def open_private(file: Path, flags: int) -> int:
    """A descriptor of a file that only this user can read, created if missing; a symbolic link is not followed."""
    descriptor = os.open(file, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
    with suppress(PermissionError):
        os.fchmod(descriptor, FILE_MODE)
    return descriptor
