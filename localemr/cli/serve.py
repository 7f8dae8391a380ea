"""`localemr serve`: the controller in the foreground."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Annotated

import typer

from localemr.cli.console import read_settings, reported
from localemr.installation import listening
from localemr.installation.home import make_home
from localemr.installation.logs import set_up_logging
from localemr.problem import Problem

log = logging.getLogger(__name__)

GRACE_SECONDS = 3


def serve(
    log_file: Annotated[
        Path | None, typer.Option("--log-file", help="Log to this file, of at most 5 MB, and its predecessor.")
    ] = None,
) -> None:
    """Run the controller in the foreground, its log on standard error; Ctrl-C ends it."""
    # The controller's files are private to this user: the database contains passwords of configurations.
    os.umask(0o077)
    with reported():
        settings = read_settings()
        make_home(settings)
        level = logging.getLevelName(settings.log_level.upper())
        if not isinstance(level, int):
            raise Problem(
                f"LOCALEMR_LOG_LEVEL={settings.log_level!r} is no log level",
                "use DEBUG, INFO, WARNING, ERROR or CRITICAL",
            )
    import uvicorn

    from localemr.app import create_app

    set_up_logging(level, log_file)
    address = listening.node_address(settings)
    config = uvicorn.Config(
        create_app(settings, node_address=address),
        # The root logger above serves uvicorn as well: one format for the whole log.
        log_config=None,
        log_level=level,
        access_log=False,
        proxy_headers=False,
        # Describe calls may be held for a waiter: they do not delay the shutdown.
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    try:
        uvicorn.Server(config).run(listening.sockets(settings, address))
    except OSError as error:
        log.error("cannot listen on %s:%d: %s", settings.host, settings.port, error.strerror)
        raise typer.Exit(1) from error
