"""`localemr serve`: the controller in the foreground."""

from __future__ import annotations

import logging

from localemr.cli.console import read_settings, reported
from localemr.problem import Problem

GRACE_SECONDS = 3


def serve() -> None:
    """Run the controller in the foreground, its log on standard error; Ctrl-C ends it."""
    with reported():
        settings = read_settings()
        level = logging.getLevelName(settings.log_level.upper())
        if not isinstance(level, int):
            raise Problem(
                f"LOCALEMR_LOG_LEVEL={settings.log_level!r} is no log level",
                "use DEBUG, INFO, WARNING, ERROR or CRITICAL",
            )
    import uvicorn

    from localemr.app import create_app

    app = create_app(settings)
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        # The root logger above serves uvicorn as well: one format for the whole log.
        log_config=None,
        log_level=level,
        access_log=False,
        proxy_headers=False,
        # Describe calls may be held for a waiter: they do not hold up the end.
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
