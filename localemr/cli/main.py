"""The command `localemr`."""

from __future__ import annotations

import typer

from localemr.cli.cost import cost
from localemr.cli.demo import demo
from localemr.cli.doctor import doctor
from localemr.cli.down import down
from localemr.cli.env import env
from localemr.cli.images import images
from localemr.cli.interrupt import interrupt
from localemr.cli.logs import logs
from localemr.cli.serve import serve
from localemr.cli.ssh import ssh
from localemr.cli.status import status
from localemr.cli.up import up

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="A self-hosted Amazon EMR: the EMR API, and real Hadoop and Spark clusters in containers behind it.",
)
for command in (up, down, status, doctor, env, ssh, logs, cost, interrupt, demo, serve):
    app.command()(command)
app.add_typer(images, name="images")
