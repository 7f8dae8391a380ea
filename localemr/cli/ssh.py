"""`localemr ssh`: a shell on an instance, as user hadoop."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Annotated

import typer

from localemr.cli import clients, targets
from localemr.cli.console import read_settings, reported
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
        settings = read_settings()
        if shutil.which("docker") is None:
            raise Problem("the command `docker` is missing, which opens the shell", "install Docker's command line")
        emr = clients.emr(settings)
        found = targets.cluster(emr, cluster)
        container = targets.container(settings, targets.instance(emr, found, instance)["Id"])
        argv = arguments(container.id, command or [], sys.stdin.isatty() and sys.stdout.isatty())
    os.execvp(argv[0], argv)


def arguments(container_id: str, command: list[str], terminal: bool) -> list[str]:
    """The docker command. As with ssh, the words of `command` are joined to one line for the shell."""
    options = ["--interactive", *(["--tty"] if terminal else []), "--user", USER, "--workdir", f"/home/{USER}"]
    names = ["--env", f"HOME=/home/{USER}", "--env", f"USER={USER}", "--env", f"LOGNAME={USER}"]
    if terminal:
        names += ["--env", f"TERM={os.environ.get('TERM', 'xterm')}"]
    shell = ["bash", "--login", *(["-c", " ".join(command)] if command else [])]
    return ["docker", "exec", *options, *names, container_id, *shell]
