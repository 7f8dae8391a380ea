"""The checks of `localemr doctor`, which `up` also runs. A check that finds something missing names the fix."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from enum import Enum
from typing import Any

from localemr.installation import containers, s3_health
from localemr.installation.background import Controller, fetch_health, port_free
from localemr.problem import Problem
from localemr.settings import PREFIX, Settings

GIB = 1024**3
IMAGES = "images"
BUILD_DISK = 15 * GIB
RUN_DISK = 3 * GIB
PYTHON = (3, 11)
ENGINE = (20, 10)
SMALL_CLUSTER_GIB = 2.5
"""What a master and a core instance with Hadoop and Spark take, with a small job (docs/sizing.md)."""

LIKE = 0.7
"""How alike two names must be for one to be a slip of the other (difflib)."""


class Verdict(Enum):
    """The result of a check: GOOD; NOTE, which does not prevent `up`; MISSING, which does."""

    GOOD = "ok"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True)
class Check:
    """One row of doctor's table."""

    name: str
    verdict: Verdict
    found: str
    fix: str = ""


def good(name: str, found: str) -> Check:
    """A check that is in order."""
    return Check(name, Verdict.GOOD, found)


def note(name: str, found: str, fix: str) -> Check:
    """A check with a finding that does not prevent work."""
    return Check(name, Verdict.NOTE, found, fix)


def missing(name: str, found: str, fix: str) -> Check:
    """A check with a finding that prevents LocalEMR from working."""
    return Check(name, Verdict.MISSING, found, fix)


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Check:
    """Python's version."""
    shown = ".".join(map(str, version))
    if version >= PYTHON:
        return good("Python", shown)
    return missing("Python", shown, "install Python 3.11 or newer, and LocalEMR with it")


def engine(version: str) -> Check:
    """The daemon's version."""
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers >= ENGINE:
        return good("Docker daemon", f"Engine {version}")
    return missing("Docker daemon", f"Engine {version}", "upgrade to Docker Engine 20.10 or newer")


def disk(free: int | None, images_present: bool) -> Check:
    """Free space where Docker keeps images: more is required while they are not built. None: unknown."""
    required = RUN_DISK if images_present else BUILD_DISK
    purpose = "to run clusters" if images_present else "to build the images"
    if free is None:
        return note(
            "disk", "Docker's storage is not on this host's file system", f"it needs {required // GIB} GiB free"
        )
    shown = f"{free / GIB:.1f} GiB free, {required // GIB} GiB required {purpose}"
    if free >= required:
        return good("disk", shown)
    return missing("disk", shown, "free some space; `localemr images prune` and `docker system prune` help")


def memory(total: int, settings: Settings) -> Check:
    """The host's memory compared with the smallest useful cluster's."""
    usable = total * settings.host_memory_share / GIB
    shown = f"{usable:.1f} GiB for clusters; master + core with a small job take {SMALL_CLUSTER_GIB} GiB"
    if usable >= SMALL_CLUSTER_GIB:
        return good("memory", shown)
    return note("memory", shown, "give the host more memory, or clusters more of it (LOCALEMR_HOST_MEMORY_SHARE)")


def proxies(environ: dict[str, str]) -> Check | None:
    """A proxy that would receive the clients' requests to this host; None when there is none."""
    proxied = environ.get("http_proxy") or environ.get("HTTP_PROXY")
    excepted = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if not proxied or "127.0.0.1" in excepted or excepted.strip() == "*":
        return None
    return note("proxy", "HTTP_PROXY is set and NO_PROXY lacks 127.0.0.1", "export NO_PROXY=127.0.0.1,localhost")


def misspelt(environ: Mapping[str, str]) -> Check | None:
    """Variables that are nearly a setting's, and have no effect; None when there are none."""
    known = {each.name.upper() for each in fields(Settings)}
    unknown = sorted(name.removeprefix(PREFIX) for name in environ if name.startswith(PREFIX))
    meant = {name: get_close_matches(name, known, 1, LIKE) for name in unknown if name not in known}
    wrong = {PREFIX + name: PREFIX + close[0] for name, close in meant.items() if close}
    if not wrong:
        return None
    return note("settings", f"unknown: {', '.join(wrong)}", f"set {', '.join(wrong.values())} instead")


def controller(settings: Settings) -> Check:
    """The controller's health; when it does not run, whether its port is free."""
    health = fetch_health(settings.endpoint)
    if health is not None:
        if health[0] == 200 and (shortage := shortage_in(health[1])):
            return note("controller", shortage, "run fewer or smaller jobs at once, or terminate clusters")
        if health[0] == 200:
            return good("controller", f"answers at {settings.endpoint}")
        return note("controller", f"answers at {settings.endpoint}, unwell: {health[1]}", "see `localemr status`")
    if Controller(settings).running():
        return missing("controller", "runs but does not answer", "run `localemr down --keep-data`, then `localemr up`")
    return _port("controller", settings.host, settings.port, "LOCALEMR_PORT")


def shortage_in(report: Mapping[str, Any]) -> str:
    """What a controller's health report tells of processes that were ended because memory ran out. Empty: nothing."""
    found = str(report.get("memory", "ok"))
    return "" if found == "ok" else found


def s3(settings: Settings) -> list[Check]:
    """MinIO's health; when it does not run, whether its ports are free."""
    if s3_health.error_of(settings) is None:
        return [good("S3", f"answers at {settings.s3_url}")]
    return [
        _port("S3", "127.0.0.1", settings.s3_port, "LOCALEMR_S3_PORT"),
        _port("S3 console", "127.0.0.1", settings.s3_console_port, "LOCALEMR_S3_CONSOLE_PORT"),
    ]


def _port(name: str, host: str, port: int, variable: str) -> Check:
    if port_free(host, port):
        return good(name, f"not running; port {port} is free")
    return missing(name, f"port {port} is used by another program", f"stop that program, or set {variable}")


def docker(settings: Settings) -> list[Check]:
    """The checks of Docker, the images last."""
    try:
        client = containers.connect()
        with containers.docker_errors_as_problems():
            version, info = client.version()["Version"], client.info()
    except Problem as problem:
        return [missing("Docker daemon", problem.message, problem.fix)]
    absent, nodes = _images()
    return [
        engine(version),
        disk(_free(info.get("DockerRootDir", "")), bool(nodes) and not absent),
        memory(info.get("MemTotal", 0), settings),
        images(absent, nodes),
    ]


def _images() -> tuple[list[str], list[str]]:
    """Names of the images of services that are missing, and what clusters can start from at once."""
    from localemr.images.daemon import present
    from localemr.images.debian import DebianFailure
    from localemr.images.image import to_build
    from localemr.images.plan import services
    from localemr.images.present import labels, nodes

    containers.connect()
    try:
        with containers.docker_errors_as_problems():
            found = present()
            built = {label: nodes(label, found) for label in labels(found)}
            absent = [image.name for image in to_build(services(), found)]
    except DebianFailure as failure:
        raise Problem(str(failure)) from failure
    return absent, [label for label, images in built.items() if images]


def images(absent: list[str], nodes: list[str]) -> Check:
    """Whether the services' images are built, and for which release labels (`nodes`) there are images of clusters."""
    if absent:
        return missing(IMAGES, f"not built: {', '.join(absent)}", "run `localemr images build` (`localemr up` does it)")
    if not nodes:
        return note(IMAGES, "none of clusters", "`localemr images build`, or the first cluster waits for it")
    return good(IMAGES, f"of services, and of {', '.join(nodes)}")


def _free(path: str) -> int | None:
    try:
        return shutil.disk_usage(path).free
    except OSError:
        return None


def machine(settings: Settings) -> list[Check]:
    """The part of doctor's table that is not about LocalEMR's own parts. Raises Problem."""
    return [python(), *(docker(settings) if settings.runtime == "docker" else [])]


def everything(settings: Settings) -> list[Check]:
    """Doctor's table. Raises Problem."""
    checks = machine(settings)
    if settings.runtime == "docker":
        checks += s3(settings)
    environ = dict(os.environ)
    return [*checks, controller(settings), *filter(None, (proxies(environ), misspelt(environ)))]


def demand(checks: Iterable[Check]) -> None:
    """Raise a Problem that lists everything missing, if any."""
    lacking = [check for check in checks if check.verdict is Verdict.MISSING]
    if lacking:
        raise Problem(
            "\n".join(f"{check.name}: {check.found}" for check in lacking),
            "\n".join(check.fix for check in lacking),
        )
