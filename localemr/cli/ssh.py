"""`localemr ssh`: a shell on an instance, as user hadoop."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Annotated

import typer

from localemr.cli import clients, onkubernetes, targets
from localemr.cli.console import read_settings, reported
from localemr.installation import kubectl
from localemr.problem import Problem

USER = "hadoop"


def ssh(
    cluster: Annotated[str, typer.Argument(help="The cluster's id or name.")],
    command: Annotated[list[str] | None, typer.Argument(help="After --: a command instead of a shell.")] = None,
    instance: Annotated[
        str | None, typer.Option("--instance", help="Another than the master: its id, EC2 id, host name or address.")
    ] = None,
) -> None:
    """Open a shell on a cluster's master, or run a command there: localemr ssh CLUSTER -- hdfs dfs -ls /.

    The words of the command are joined and read by a login shell of user hadoop. Its exit code is this command's.
    """
    with reported():
        settings = onkubernetes.installed(read_settings())
        elsewhere = settings.on_kubernetes
        emr = clients.emr(settings)
        found = targets.instance(emr, targets.cluster(emr, cluster), instance)["Id"]
        terminal = sys.stdin.isatty() and sys.stdout.isatty()
        if elsewhere:
            argv = in_pod(kubectl.Pod(settings, found), command or [], terminal)
        else:
            container = targets.container(settings, found)
            if shutil.which("docker") is None:
                raise Problem("the command `docker` is missing, which opens the shell", "install Docker's command line")
            argv = arguments(container.id, command or [], terminal)
    os.execvp(argv[0], argv)


def arguments(container_id: str, command: list[str], terminal: bool) -> list[str]:
    """The docker command. As with ssh, the words of `command` are joined to one line for the shell."""
    options = ["--interactive", *(["--tty"] if terminal else []), "--user", USER, "--workdir", f"/home/{USER}"]
    names = ["--env", f"HOME=/home/{USER}", "--env", f"USER={USER}", "--env", f"LOGNAME={USER}"]
    if terminal:
        names += ["--env", f"TERM={os.environ.get('TERM', 'xterm')}"]
    return ["docker", "exec", *options, *names, container_id, *shell(command)]


def in_pod(pod: kubectl.Pod, command: list[str], terminal: bool) -> list[str]:
    """The kubectl command: it has no option for a user, so the pod's own tools change it."""
    names = [f"HOME=/home/{USER}", f"USER={USER}", f"LOGNAME={USER}"]
    if terminal:
        names.append(f"TERM={os.environ.get('TERM', 'xterm')}")
    become = ["env", "-C", f"/home/{USER}", *names, "setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups"]
    return pod.argv([*become, *shell(command)], "--stdin", *(["--tty"] if terminal else []))


def shell(command: list[str]) -> list[str]:
    """A login shell, or one that reads this line."""
    return ["bash", "--login", *(["-c", " ".join(command)] if command else [])]
