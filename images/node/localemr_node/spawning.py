"""Turning a forked child into a run: its user, its environment, its program."""

from __future__ import annotations

import os
import signal

from localemr_node.shortage import mark_as_work

PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
CANNOT_EXECUTE, NOT_FOUND = 126, 127

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pwd
    from collections.abc import Mapping


def environment(user: pwd.struct_passwd, extra: Mapping[str, object], marks: Mapping[str, str]) -> dict[str, str]:
    """As after a login of the user, over the container's own environment; then the run's settings, then its marks."""
    login = {
        "HOME": user.pw_dir,
        "USER": user.pw_name,
        "LOGNAME": user.pw_name,
        "SHELL": user.pw_shell,
        "PATH": PATH,
        "LANG": "C.UTF-8",
    }
    return {**os.environ, **login, **{key: str(value) for key, value in extra.items()}, **marks}


class Child:
    """A process that waits for `release` to become a run. When its parent ends before that, it ends as well."""

    __slots__ = ("_gate", "pid")

    def __init__(self, pid: int, gate: int) -> None:
        self.pid = pid
        self._gate = gate

    def release(self) -> None:
        """Let the command be executed."""
        try:
            os.write(self._gate, b"1")
        except BrokenPipeError:
            pass  # it was killed; that is reported as its end
        finally:
            os.close(self._gate)

    def cancel(self) -> None:
        """End it without executing anything."""
        os.close(self._gate)
        os.waitpid(self.pid, 0)


def spawn(
    user: pwd.struct_passwd, cwd: str, outputs: list[int], argv: list[str], env: dict[str, str], work: bool
) -> Child:
    """Fork a child that becomes the run when it is released. Raises OSError."""
    wait, gate = os.pipe2(os.O_CLOEXEC)
    # A TERM that arrives before the child has its own handlers would call the supervisor's there, and be lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        pid = os.fork()
        if pid == 0:
            os.close(gate)
            if work:
                mark_as_work()
            _become(user, cwd, (wait, *outputs), argv, env)
    except OSError:
        os.close(gate)
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        os.close(wait)
    return Child(pid, gate)


def _become(user: pwd.struct_passwd, cwd: str, fds: tuple[int, ...], argv: list[str], env: dict[str, str]) -> None:
    """Turns the forked child into the run, once `fds[0]` permits it; never returns."""
    wait, out, err = fds
    try:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGINT, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        if not os.read(wait, 1):
            os._exit(CANNOT_EXECUTE)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.umask(0o022)
        if os.getuid() == 0:
            os.initgroups(user.pw_name, user.pw_gid)
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        os.chdir(cwd)
        os.execvpe(argv[0], argv, env)
    except OSError as error:
        os.write(2, f"localemr: cannot execute {argv[0]}: {error.strerror}\n".encode())
        os._exit(NOT_FOUND if isinstance(error, FileNotFoundError) else CANNOT_EXECUTE)
    finally:
        os._exit(CANNOT_EXECUTE)
