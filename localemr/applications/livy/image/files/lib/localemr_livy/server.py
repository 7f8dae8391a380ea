"""The command livy-server: reads the settings, serves until it gets SIGTERM, then ends what it has started."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from localemr_livy.livy import Livy
from localemr_livy.routes import Api
from localemr_livy.settings import Settings, properties
from localemr_livy.web import Server
from localemr_livy.yarn import Yarn

FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LEVELS = {"all": 1, "trace": 5, "debug": 10, "info": 20, "warn": 30, "error": 40, "fatal": 50, "off": 60}
VERSION = "LIVY_API_VERSION"
"""The variable with the version of Livy whose API this is."""


def main() -> int:
    """Serve. 1 and a message when that cannot begin."""
    conf = Path(os.environ.get("LIVY_CONF_DIR", "/etc/livy/conf"))
    _log(conf, Path(os.environ.get("LIVY_LOG_DIR", "/var/log/livy")))
    try:
        settings = Settings(_read(conf / "livy.conf"))
        livy, server = _make(settings)
    except (OSError, ValueError) as error:
        return _failed(f"livy-server does not start: {error}")
    threading.Thread(target=livy.watch, name="watch", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    logging.getLogger("livy").info("serving at port %d", server.server_address[1])
    server.serve_forever(poll_interval=0.2)
    livy.close()
    server.server_close()
    return 0


def _make(settings: Settings) -> tuple[Livy, Server]:
    folder = Path(os.environ.get("LIVY_DATA_DIR", "/mnt/var/lib/livy"))
    yarn = Yarn(os.environ.get("LIVY_RESOURCEMANAGER", "127.0.0.1:8088"))
    livy = Livy(settings, folder, os.environ.get("LIVY_HOST", socket.gethostname()), yarn)
    api = Api(livy, os.environ.get(VERSION, ""))
    csrf, base = settings.flag("livy.server.csrf-protection.enabled"), settings.text("livy.ui.basePath")
    return livy, Server(settings.text("livy.server.host"), settings.number("livy.server.port"), api, csrf, base)


def _failed(reason: str) -> int:
    print(reason, file=sys.stderr)
    if note := os.environ.get("LOCALEMR_NOTE"):
        Path(note).write_text(reason, encoding="utf-8")
    return 1


def _log(conf: Path, logs: Path) -> None:
    """Messages go to standard error, requests to a file. The level is that of Log4j's files."""
    logging.basicConfig(stream=sys.stderr, level=level(conf), format=FORM)
    requests = logging.getLogger("livy.requests")
    requests.propagate = False
    try:
        handler: logging.Handler = logging.FileHandler(logs / "livy-request.log")
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    requests.addHandler(handler)
    requests.setLevel(logging.INFO)


def level(conf: Path) -> int:
    """The level of the root logger in log4j2.properties, or in log4j.properties."""
    new, old = _read(conf / "log4j2.properties"), _read(conf / "log4j.properties")
    found: Any = new.get("rootLogger.level") or old.get("log4j.rootCategory") or old.get("log4j.rootLogger") or "info"
    return LEVELS.get(re.split(r"[,\s]", found.strip().lower())[0], logging.INFO)


def _read(path: Path) -> dict[str, str]:
    try:
        return properties(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
