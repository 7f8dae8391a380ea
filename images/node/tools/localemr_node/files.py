"""Small files and folders of the supervisor."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pwd


def write_durably(path: str, text: str) -> None:
    """Writes a small file so that it is there whole or not at all, even after a power cut."""
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.rename(path + ".tmp", path)
    sync_dir(os.path.dirname(path))


def sync_dir(path: str) -> None:
    """Makes the names in a folder survive a power cut."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def read_text(path: str, limit: int = -1) -> str | None:
    """The beginning of a file, or None when there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(limit)
    except OSError:
        return None


def make_dirs(path: str, user: pwd.struct_passwd) -> None:
    """Creates a folder and its missing parents, owned by the user."""
    if path and not os.path.isdir(path):
        make_dirs(os.path.dirname(path), user)
        os.mkdir(path, 0o755)
        os.chown(path, user.pw_uid, user.pw_gid)
