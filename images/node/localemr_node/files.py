"""Small files and folders of process 1."""

from __future__ import annotations

import contextlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pwd


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data`: one write may take only a part of it."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def write_at(fd: int, data: bytes, offset: int) -> None:
    """Write all of `data` at a place of a file."""
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written


def overwrite(path: str, text: str) -> None:
    """Give an existing file this text, in place: for files that Docker mounts, which cannot be renamed over. Raises
    OSError."""
    data = text.encode()
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        write_at(fd, data, 0)
        os.ftruncate(fd, len(data))
    finally:
        os.close(fd)


def write_durably(path: str, data: bytes) -> None:
    """Write a file that is complete or absent, also after a power failure. Raises OSError; the old file stays then."""
    temporary = f"{path}.tmp"
    try:
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(temporary, path)
        sync_dir(os.path.dirname(path))
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def sync_dir(path: str) -> None:
    """Make the names in a folder survive a power failure."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def read_text(path: str, limit: int = 1 << 24) -> str | None:
    """The beginning of a file, at most `limit` bytes; None when it is missing or is no regular file.

    Other users may have made the file: a pipe in its place must not stop this process.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            data = b""
            while len(data) < limit and (piece := os.read(fd, min(limit - len(data), 1 << 16))):
                data += piece
            return data.decode(errors="replace")
        finally:
            os.close(fd)
    except OSError:
        return None


def make_dirs(path: str, user: pwd.struct_passwd) -> None:
    """Create a folder and its missing parents, owned by the user."""
    if path and not os.path.isdir(path):
        make_dirs(os.path.dirname(path), user)
        os.mkdir(path, 0o755)
        os.chown(path, user.pw_uid, user.pw_gid)
