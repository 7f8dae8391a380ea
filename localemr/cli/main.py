"""The command `localemr`."""

from __future__ import annotations

from collections.abc import Callable

import typer

from localemr.cli import images, transfers
from localemr.cli.capacity import capacity
from localemr.cli.cost import cost
from localemr.cli.demo import demo
from localemr.cli.doctor import doctor
from localemr.cli.down import down
from localemr.cli.env import env
from localemr.cli.examples import epilog
from localemr.cli.interrupt import interrupt
from localemr.cli.logs import logs
from localemr.cli.serve import serve
from localemr.cli.ssh import ssh
from localemr.cli.status import status
from localemr.cli.support import support
from localemr.cli.up import up
from localemr.cli.version import version

IMAGES: dict[str, Callable[..., None]] = {
    "build": images.build_command,
    "ls": images.list_command,
    "env": images.env,
    "prune": images.prune,
    "save": transfers.save,
    "load": transfers.load,
    "push": transfers.push,
    "pull": transfers.pull,
}

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="A self-hosted Amazon EMR: the EMR API, and real Hadoop and Spark clusters in containers behind it.",
    epilog="Start with `localemr demo`, or with `localemr up`. `localemr COMMAND --help` has examples.",
)
for command in (up, down, status, doctor, env, ssh, logs, cost, interrupt, capacity, demo, serve, version, support):
    app.command(epilog=epilog(command.__name__))(command)
of_images = typer.Typer(no_args_is_help=True, help="The images that clusters, MinIO and Compose's controller run from.")
for name, function in IMAGES.items():
    of_images.command(name, epilog=epilog(f"images {name}"))(function)
app.add_typer(of_images, name="images")
