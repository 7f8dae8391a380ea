"""Turning a forked child into a run: its user, its environment, its program."""

from __future__ import annotations

import os
import signal

PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
CANNOT_EXECUTE, NOT_FOUND = 126, 127

TYPE_CHECKING = False  # as in typing, which is not loaded for a megabyte's sake
if TYPE_CHECKING:
    import pwd


def environment(user: pwd.struct_passwd, name: str, note: str, extra: dict[str, str]) -> dict[str, str]:
    """As after a login of the user, with the container's own settings and then the run's on top."""
    login = {
        "HOME": user.pw_dir,
        "USER": user.pw_name,
        "LOGNAME": user.pw_name,
        "SHELL": user.pw_shell,
        "PATH": PATH,
        "LANG": "C.UTF-8",
    }
    marks = {"LOCALEMR_RUN": name, "LOCALEMR_NOTE": note}
    return {**os.environ, **login, **{key: str(value) for key, value in extra.items()}, **marks}


def become(user: pwd.struct_passwd, cwd: str, outputs: list[int], argv: list[str], env: dict[str, str]) -> None:
    """Turns the forked child into the run; never returns."""
    try:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGINT, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(outputs[0], 1)
        os.dup2(outputs[1], 2)
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
