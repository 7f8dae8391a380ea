"""From a request to the command `spark-submit` and its properties."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit
from xml.etree import ElementTree

from localemr_livy.problems import rejected
from localemr_livy.requests import NewBatch, Resources
from localemr_livy.settings import Settings

LISTS = {
    "jars": "spark.jars",
    "files": "spark.files",
    "archives": "spark.yarn.dist.archives",
    "pyFiles": "spark.submit.pyFiles",
}
"""Lists of files in requests, and Spark's property of each."""
MORE_LISTS = (
    "spark.archives", "spark.yarn.archive", "spark.yarn.dist.files", "spark.yarn.dist.jars", "spark.yarn.jar",
    "spark.yarn.jars",
)  # fmt: skip
"""Properties with lists of files that only `conf` can have."""
FORBIDDEN = ("spark.submit.deployMode", "spark.submit.proxyUser.allowCustomClasspathInClusterMode")
"""Properties that the server's settings decide."""
SIZES = {
    "driverMemory": "spark.driver.memory",
    "driverCores": "spark.driver.cores",
    "executorMemory": "spark.executor.memory",
    "executorCores": "spark.executor.cores",
    "numExecutors": "spark.executor.instances",
    "queue": "spark.yarn.queue",
    "name": "spark.app.name",
}
"""Fields of requests, and Spark's property of each."""


def default_file_system(path: str = "/etc/hadoop/conf/core-site.xml") -> str:
    """Hadoop's `fs.defaultFS`, or `file://` where there is none."""
    try:
        entries = ElementTree.parse(path).iter("property")
    except (OSError, ElementTree.ParseError):
        return "file://"
    named = {each.findtext("name", ""): each.findtext("value", "") for each in entries}
    return named.get("fs.defaultFS", "file://").rstrip("/")


def resolved(uri: str, settings: Settings, file_system: str) -> str:
    """A file's address. Without a scheme it is an absolute path on the default file system. Local files are those below
    `livy.file.local-dir-whitelist`. Raises Refused for others."""
    parts = urlsplit(uri)
    if not parts.scheme:
        if not uri.startswith("/"):
            raise rejected(f"requirement failed: Path '{parts.path}' is not absolute.")
        uri = file_system + uri
        parts = urlsplit(uri)
    if parts.scheme == "file":
        path = posixpath.normpath(parts.path)
        below = [each.rstrip("/") + "/" for each in settings.listed("livy.file.local-dir-whitelist")]
        if not any(path.startswith(each) for each in below):
            raise rejected(f"requirement failed: Local path {parts.path} cannot be added to user sessions.")
    return uri


def properties(request: Resources, tag: str, settings: Settings, file_system: str) -> dict[str, str]:
    """Spark's properties of a batch or a session. Raises Refused."""
    if not settings.flag("livy.server.session.allow-custom-classpath"):
        wrong = [name for name in request.conf if name in FORBIDDEN]
        if wrong:
            raise rejected(f"Blacklisted configuration values in session config: {', '.join(wrong)}")
    found = {**request.conf, "spark.master": settings.text("livy.spark.master")}
    if mode := settings.text("livy.spark.deploy-mode"):
        found["spark.submit.deployMode"] = mode
    given = {name: getattr(request, each) for each, name in LISTS.items()}
    for name in (*LISTS.values(), *MORE_LISTS, *settings.listed("livy.spark.file-list-configs")):
        own = [*given.get(name, []), *re.split(r"[, ]+", request.conf.get(name, ""))]
        if paths := [resolved(each, settings, file_system) for each in own if each]:
            found[name] = ",".join(paths)
    if settings.on_yarn:
        # YARN keeps tags in small letters.
        own_tags = request.conf.get("spark.yarn.tags")
        found["spark.yarn.tags"] = f"{tag},{own_tags}" if own_tags else tag
        found["spark.yarn.submit.waitAppCompletion"] = "false"
    sizes = {name: getattr(request, each) for each, name in SIZES.items()}
    return {**found, **{name: str(value) for name, value in sizes.items() if value is not None}}


def command(
    conf: Mapping[str, str],
    settings: Settings,
    proxy_user: str | None,
    main: Sequence[str],
    class_name: str | None = None,
) -> list[str]:
    """The command: `main` is the program with its arguments."""
    home = settings.text("livy.server.spark-home")
    words = [f"{home}/bin/spark-submit" if home else "spark-submit"]
    for name, value in sorted(conf.items()):
        words += ["--conf", f"{name}={value}"]
    words += ["--class", class_name] if class_name else []
    words += ["--proxy-user", proxy_user] if proxy_user else []
    return [*words, *main]


def of_batch(request: NewBatch, tag: str, settings: Settings, file_system: str, proxy_user: str | None) -> list[str]:
    """The command of a batch. Raises Refused."""
    conf = properties(request, tag, settings, file_system)
    program = resolved(request.file or "", settings, file_system)
    return command(conf, settings, proxy_user, [program, *request.args], request.className)


def of_session(conf: Mapping[str, str], script: str, settings: Settings, proxy_user: str | None) -> list[str]:
    """The command of a session, whose program is the script that connects to this server."""
    hive = settings.text("livy.repl.enable-hive-context").lower()
    catalog = {"true": "hive", "false": "in-memory"}.get(hive)
    own = {"spark.sql.catalogImplementation": catalog} if catalog else {}
    return command({**own, **conf}, settings, proxy_user, [script])
