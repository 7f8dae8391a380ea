"""Which processes belong to a run: those of its session, and those that carry its mark in their environment."""

import os


def all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _read(pid: int, file: str) -> bytes:
    try:
        with open(f"/proc/{pid}/{file}", "rb") as opened:
            return opened.read()
    except OSError:
        return b""  # it has just ended


def _state_and_session(pid: int) -> tuple[str, int]:
    # The name in parentheses may hold anything, so what follows the last one is counted.
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return (fields[0].decode(), int(fields[3])) if len(fields) > 3 else ("X", 0)


def alive(pid: int) -> bool:
    return _state_and_session(pid)[0] not in "ZX"


def of_run(name: str, leader: int) -> list[int]:
    """The living processes of the run whose first process is (or was) `leader`; 0 if it is not known any more."""
    mark = b"LOCALEMR_RUN=" + name.encode()
    found = []
    for pid in all_pids():
        if pid in (1, os.getpid()):
            continue
        state, session = _state_and_session(pid)
        if state not in "ZX" and ((leader and session == leader) or mark in _read(pid, "environ").split(b"\0")):
            found.append(pid)
    return found


def others() -> list[int]:
    """Every living process of the container but this one."""
    return [pid for pid in all_pids() if pid != os.getpid() and _state_and_session(pid)[0] not in "ZX"]


def signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
