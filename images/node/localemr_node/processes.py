"""Which processes belong to a run: those of its session, those that carry its mark, and their descendants."""

from __future__ import annotations

import os

GONE = "ZX"


def _read(pid: int, file: str) -> bytes:
    try:
        with open(f"/proc/{pid}/{file}", "rb") as opened:
            return opened.read()
    except OSError:
        return b""  # it has just ended


def _environ(pid: int) -> bytes:
    """The environment of a process. Without CAP_SYS_PTRACE even root must read it as the process's own user."""
    if os.getuid() != 0:
        return _read(pid, "environ")
    try:
        owner = os.stat(f"/proc/{pid}")
        os.setegid(owner.st_gid)
        os.seteuid(owner.st_uid)
        return _read(pid, "environ")
    except OSError:
        return b""
    finally:
        os.seteuid(0)
        os.setegid(0)


def _living() -> dict[int, tuple[int, int]]:
    """Parent and session of every living process but this one."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            # The name in parentheses may hold anything, so what follows the last one is counted.
            fields = _read(int(name), "stat").rpartition(b")")[2].split()
            if len(fields) > 3 and fields[0].decode() not in GONE:
                found[int(name)] = (int(fields[1]), int(fields[3]))
    return found


def of_run(name: str, leader: int) -> list[int]:
    """The living processes of the run whose first process is (or was) `leader`; 0 if it is not known any more."""
    mark = b"LOCALEMR_RUN=" + name.encode()
    living = _living()
    found = {pid for pid, (_, session) in living.items()
             if (leader and session == leader) or mark in _environ(pid).split(b"\0")}  # fmt: skip
    if leader in living and living[leader][0] == os.getpid():
        found.add(leader)  # a child that has neither its session nor its environment yet
    grown = True
    while grown:  # sudo clears the environment: a process that left the session too is known by its parent alone
        more = {pid for pid, (parent, _) in living.items() if parent in found and pid not in found}
        found |= more
        grown = bool(more)
    return sorted(found)


def signal_all(pids: list[int], number: int) -> None:
    """Send a signal to each; those that have just ended are ignored."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
