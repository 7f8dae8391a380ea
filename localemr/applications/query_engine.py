"""The record of an application of Presto's family of engines, by EMR's layout: a coordinator on the master, a worker on
each core and task instance, catalogs by connector.

An engine adds its own properties (`Server`), its catalogs of tables, and what only it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from localemr.applications import query_server
from localemr.applications.query_failures import FAILURES
from localemr.applications.query_memory import Names, heap_mb
from localemr.applications.query_server import PORT
from localemr.domain.model.application import (
    EVERYWHERE,
    Application,
    Check,
    Classification,
    Contribution,
    Daemon,
    Facts,
    Properties,
    Service,
    WebUi,
)
from localemr.domain.model.records import MASTER

ON_MASTER = frozenset({MASTER})
HADOOP_CONF = "/etc/hadoop/conf"
RESOURCES = f"{HADOOP_CONF}/core-site.xml,{HADOOP_CONF}/hdfs-site.xml"
"""Hadoop's files, of which engines need HDFS's address."""


@dataclass(frozen=True)
class Engine:
    """An engine by EMR's name for it. `key` is that in paths, users and classifications."""

    name: str

    @property
    def key(self) -> str:
        """In small letters."""
        return self.name.lower()

    @property
    def conf(self) -> str:
        """The folder of its configuration."""
        return f"/etc/{self.key}/conf"

    def classification(self, part: str) -> str:
        """The classification of a part of its configuration."""
        return f"{self.key}-{part}"

    def catalog(self, name: str) -> str:
        """The file of a catalog."""
        return f"{self.conf}/catalog/{name}.properties"

    def connector(self, name: str) -> str:
        """The classification of a catalog."""
        return self.classification(f"connector-{name}")

    def file(self, name: str, defaults: Callable[[Facts], Properties], *, on_request: bool = False) -> Classification:
        """A file of properties in the folder of its configuration."""
        return Classification(f"{self.conf}/{name}.properties", "properties", defaults, on_request)

    def plain_catalogs(self, always: Sequence[str], on_request: Sequence[str]) -> dict[str, Classification]:
        """Catalogs, each with the name of its connector: those that every cluster has, and those whose classification
        makes one."""

        def made(name: str) -> Classification:
            return self.file(f"catalog/{name}", lambda facts: {"connector.name": name}, on_request=name in on_request)

        return {self.connector(name): made(name) for name in (*always, *on_request)}

    def proxy_user(self, facts: Facts) -> Contribution:
        """Of core-site: the server reads and writes HDFS as the user of a session."""
        return {f"hadoop.proxyuser.{self.key}.hosts": "*", f"hadoop.proxyuser.{self.key}.groups": "*"}


@dataclass(frozen=True)
class Server:
    """An engine's own settings of its servers: `config` are its properties, `logger` the name of its classes in its
    log, `names` those of its sizes. An idle one takes `idle_mb` MiB. `files` are its other classifications."""

    config: Callable[[Facts], Properties]
    logger: str
    names: Names
    idle_mb: int
    files: Mapping[str, Classification] = field(default_factory=dict)


def env(facts: Facts, engine: Engine, names: Names) -> Properties:
    """Variables of the server and of its command line."""
    return query_server.env(facts, engine.name, names.heap, heap_mb(facts, names))


def application(
    base: Application, engine: Engine, server: Server, connectors: Mapping[str, Classification]
) -> Application:
    """The application, from what it has by itself. Its checks are those beside the one that its servers have started.

    Of connectors EMR restarts the servers for those of tables alone; here for each of them, as a catalog that is added
    has no other effect.
    """
    key, log_dir = engine.key, f"/var/log/{engine.key}"
    up = Check(engine.name, PORT, "/v1/info", "starting", equals=False)
    files = _files(engine, server)
    daemon = Daemon(
        f"{key}-server",
        EVERYWHERE,
        (f"/usr/lib/{key}/bin/launcher", "run"),
        key,
        log_dir,
        reads=frozenset({*files, *connectors}),
        up=up,
        leave=query_server.leave(key),
    )
    return replace(
        base,
        classifications={**files, **connectors},
        daemons=(daemon,),
        checks=(up, *base.checks),
        web_uis=(WebUi(engine.name, ON_MASTER, PORT, "/ui/"),),
        services=(Service(engine.name, ON_MASTER, PORT, f"jdbc:{key}://{{host}}:{{port}}/hive"),),
        memory_mb={EVERYWHERE: server.idle_mb},
        log_dirs={key: log_dir},
        failures=FAILURES,
    )


def _files(engine: Engine, server: Server) -> dict[str, Classification]:
    """The classifications besides those of catalogs."""
    env_file = Classification(
        f"{engine.conf}/{engine.key}-env.sh", "env-export", lambda facts: env(facts, engine, server.names)
    )
    parts = {
        "config": engine.file("config", server.config),
        "env": env_file,
        "log": engine.file("log", lambda facts: {server.logger: "INFO"}),
        "node": engine.file("node", lambda facts: query_server.node(facts, engine.key)),
        "password-authenticator": engine.file(
            "password-authenticator", query_server.password_authenticator, on_request=True
        ),
    }
    return {**{engine.classification(part): file for part, file in parts.items()}, **server.files}
