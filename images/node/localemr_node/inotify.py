"""Notices of the kernel about files in a folder, by libc, without polling or a package."""

from __future__ import annotations

import ctypes
import os
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CLOSE_WRITE, MOVED_TO, OVERFLOW = 0x8, 0x80, 0x4000
HEADER = struct.Struct("iIII")


class Watch:
    """Calls a function with the name of each file that was closed after writing, or moved, into its folder."""

    def __init__(self, folders: dict[str, Callable[[str], None]]) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self._calls: dict[int, Callable[[str], None]] = {}
        for path, call in folders.items():
            number = libc.inotify_add_watch(self.fd, os.fsencode(path), CLOSE_WRITE | MOVED_TO)
            if number < 0:
                raise OSError(ctypes.get_errno(), "cannot watch", path)
            self._calls[number] = call

    def deliver(self) -> bool:
        """Make the calls that are due. False when notices were dropped: every file must be read."""
        data = os.read(self.fd, 65536)
        complete, at = True, 0
        while at < len(data):
            number, mask, _, length = HEADER.unpack_from(data, at)
            at += HEADER.size
            name = os.fsdecode(data[at : at + length].rstrip(b"\0"))
            at += length
            if mask & OVERFLOW:
                complete = False
            elif number in self._calls:
                self._calls[number](name)
        return complete
