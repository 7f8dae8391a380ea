"""`localemr support`: one archive with what a report of a fault needs, without secrets."""

from __future__ import annotations

import io
import os
import re
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from localemr import checks
from localemr.cli.console import columns, out, read_settings, reported
from localemr.cli.version import versions
from localemr.installation import containers
from localemr.installation.background import Controller, fetch_health
from localemr.installation.home import open_private, state_folder
from localemr.settings import PREFIX, Settings

LOG_BYTES = 2_000_000
"""Of each log, its end."""
BUILD_LOGS = 20
"""Logs of builds, the newest."""
LINES = 500
"""Of each service's container."""
SECRET_SETTINGS = ("access_key", "secret_key", "access_keys")
HIDDEN = "***"
WORDS = "(?:password|passwd|secret|token|ticket|signature|credential)"
PATTERNS = (
    # user:password@ in URLs, those of proxies and JDBC too.
    (re.compile(r"(?<=//)[^/\s:@]+:[^/\s@]+(?=@)"), HIDDEN),
    (re.compile(rf"""({WORDS}[a-z_-]*["']?\s*[=:]\s*["']?)[^\s"',;&]+""", re.I), rf"\g<1>{HIDDEN}"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), HIDDEN),
)


def support(
    file: Annotated[
        Path | None, typer.Option("--file", help="The archive; default: localemr-support-<time>.tar.gz here.")
    ] = None,
) -> None:
    """Write an archive for a report of a fault: versions, settings, doctor's report, logs; secrets are left out."""
    with reported():
        settings = read_settings()
        stamp = time.strftime("%Y%m%d-%H%M%S")
        path = file or Path(f"localemr-support-{stamp}.tar.gz")
        clean = cleaner(settings)
        with (
            os.fdopen(open_private(path, os.O_WRONLY | os.O_TRUNC), "wb") as raw,
            tarfile.open(fileobj=raw, mode="w:gz") as archive,
        ):
            for name, text in parts(settings):
                content, entry = clean(text).encode(), tarfile.TarInfo(f"localemr-support-{stamp}/{name}")
                entry.size, entry.mode, entry.mtime = len(content), 0o600, int(time.time())
                archive.addfile(entry, io.BytesIO(content))
        out.print(f"{path} is for a report; look at it before you hand it on.", soft_wrap=True, markup=False)


def cleaner(settings: Settings) -> Callable[[str], str]:
    """A function that hides secrets in a text: the settings', and what looks like one."""
    known = {settings.secret_key, *settings.accepted_keys.values()}
    ordered = sorted(known, key=len, reverse=True)

    def clean(text: str) -> str:
        for secret in ordered:
            text = text.replace(secret, HIDDEN)
        for pattern, by in PATTERNS:
            text = pattern.sub(by, text)
        return text

    return clean


def parts(settings: Settings) -> Iterator[tuple[str, str]]:
    """Names and texts of the archive's files."""
    yield "versions.txt", _table(versions())
    yield "settings.txt", _table(_settings(settings))
    yield "doctor.txt", _table((each.name, each.verdict.value, each.found, each.fix) for each in _checks(settings))
    yield "health.txt", f"{fetch_health(settings.endpoint)}\n"
    controller = Controller(settings)
    for log in (controller.log_file, controller.error_file):
        for each in (log, log.with_name(log.name + ".1")):
            if each.exists():
                yield f"logs/{each.name}", _end(each)
    builds = sorted(state_folder().glob("build-*.log"), key=lambda log: log.stat().st_mtime)
    for each in builds[-BUILD_LOGS:]:
        yield f"builds/{each.name}", _end(each)
    if settings.runtime == "docker":
        yield from _containers(settings)


def _settings(settings: Settings) -> Iterator[tuple[str, str]]:
    for each in fields(settings):
        value = getattr(settings, each.name)
        hidden = each.name in SECRET_SETTINGS and value != each.default
        yield PREFIX + each.name.upper(), HIDDEN if hidden else str(value)


def _checks(settings: Settings) -> Iterable[checks.Check]:
    return checks.everything(settings)


def _containers(settings: Settings) -> Iterator[tuple[str, str]]:
    """The installation's containers, and the logs of those outside clusters. An error of Docker's is the text."""
    try:
        found = containers.Containers(settings, containers.connect())
        members = found.members()
        yield "containers.txt", _table((each.name, each.state, str(each.ports)) for each in members)
        for each in members:
            if "localemr.cluster" not in each.labels and (container := found.find(each.name)):
                yield f"containers/{each.name}.log", container.logs(tail=LINES).decode(errors="replace")
    except Exception as error:  # what there is of a broken machine is wanted all the same
        yield "containers-error.txt", f"{error}\n"


def _end(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LOG_BYTES))
        return file.read().decode(errors="replace")


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(columns(list(rows), indent="")) + "\n" if (rows := list(rows)) else "none\n"
