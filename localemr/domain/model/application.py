"""The definition of an application: data about its daemons, files and web pages. The folders in applications/ contain
them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

from localemr.domain.model.failures import Failures
from localemr.domain.model.primaries import On, is_on
from localemr.domain.model.records import CORE, MASTER, TASK
from localemr.domain.model.release import Release

BASE = "Hadoop"
EVERYWHERE, WORKERS = frozenset({MASTER, CORE, TASK}), frozenset({CORE, TASK})


@dataclass(frozen=True)
class Site:
    """What all clusters of this installation share: the S3 endpoint as instances reach it, its keys, and the endpoint
    of EMR and the other services of the controller.

    `{gateway}` in the EMR endpoint is the host's address in the cluster's network. Empty: instances cannot reach it.
    `hosts` is the range of addresses (CIDR, /24 or larger) that host names of instances spell. `reach_aws` is whether
    instances may call services of AWS that the installation does not have. `metadata_endpoint` is the URL of each
    instance's metadata service where it cannot have EC2's address; empty: it has that.
    """

    s3_endpoint: str = "http://s3:9000"
    access_key: str = "localemr"
    secret_key: str = "localemr-secret"
    emr_endpoint: str = ""
    hosts: str = "10.213.0.0/16"
    reach_aws: bool = False
    metadata_endpoint: str = ""


Properties = Mapping[str, str]


@dataclass(frozen=True)
class Facts:
    """Inputs of defaults, commands and environments. Sizes in MiB.

    `yarn_mb` is the memory that the NodeManager offers to containers. `cores` and `workers` are the numbers of core
    instances and of core and task instances requested at launch. `requested` are the users' properties by
    classification: some change the defaults of others. `metastore` is the URI of the Hive metastore that the
    cluster runs (empty: it runs none). `endpoints` has the URLs of AWS's services by name, as instances reach them.
    `versions` has the cluster's applications, dependencies included. `number` counts the cluster's instances from
    1. `primaries` are the host names of three primaries, of which `master_host` is the first; empty: there is one.
    `replaces` is whether the instance came after the cluster was ready.
    """

    cluster_id: str
    region: str
    role: str
    host: str
    master_host: str
    site: Site
    memory_mb: int
    yarn_mb: int
    yarn_vcores: int
    cores: int
    workers: int
    release: Release
    versions: Mapping[str, str] = field(default_factory=dict)
    requested: Mapping[str, Properties] = field(default_factory=dict)
    metastore: str = ""
    endpoints: Properties = field(default_factory=dict)
    instance_type: str = ""
    instance_id: str = ""
    number: int = 0
    primaries: tuple[str, ...] = ()
    replaces: bool = False


@dataclass(frozen=True)
class Appended:
    """A contributed value that is added to the end of a list, of names (commas) or of options (blanks), once."""

    value: str
    separator: str = ","

    def to(self, listed: str) -> str:
        """The list with the value added. Unchanged when the value is empty."""
        if not self.value or self.value in listed.split(self.separator):
            return listed
        return f"{listed}{self.separator}{self.value}" if listed else self.value


Contribution = Mapping[str, str | Appended]


@dataclass(frozen=True)
class Classification:
    """A configuration classification: the file that it makes, the file's format and its defaults.

    `format` names a renderer of domain/node/formats.py. Without a path it makes no file of its own: the defaults of
    other classifications depend on it. Which daemons a change restarts is written at the daemons (`Daemon.reads`). The
    file of one `on_request` exists only where users give the classification.
    """

    path: str | None
    format: str
    defaults: Callable[[Facts], Properties] = lambda facts: {}
    on_request: bool = False


@dataclass(frozen=True)
class Check:
    """A condition for a cluster to be ready, or for a daemon to be up: a request to `port` + `path` (JSON), on the
    master or where the daemon runs. Without a path: a process listens at `port`.

    `key` is a dotted path into the response. Its value is `equals`, or contains all words of `contains` (empty: any
    value), or the host names of all live instances whose role is in `hosts_of`, or is a number of at least `least`.
    `on` is on which of three primaries it must hold.
    """

    what: str
    port: int
    path: str = ""
    key: str = ""
    equals: Any = None
    hosts_of: frozenset[str] = frozenset()
    contains: tuple[str, ...] | None = None
    least: int | None = None
    on: On = field(default=On.FIRST, repr=False)


Command = tuple[str, ...]
Environment = Mapping[str, str]


@dataclass(frozen=True)
class Daemon:
    """A long-lived command. `late` daemons start once the cluster is ready and do not delay it.

    `argv` and `env` may be functions of the facts of the instance. `reads` are the classifications, of any
    application, whose change restarts it (emr-behaviour §8.1). `up` holds on its instance once it serves; None: the
    application's checks show that. `on` is which primaries have it.
    """

    name: str
    roles: frozenset[str]
    argv: Command | Callable[[Facts], Command]
    user: str
    log_dir: str
    late: bool = False
    env: Environment | Callable[[Facts], Environment] = field(default_factory=dict)
    reads: frozenset[str] = frozenset()
    up: Check | None = None
    on: On = On.FIRST


@dataclass(frozen=True)
class WebUi:
    """A web page that an instance of one of `roles` serves on `port`.

    `kinds` are EMR's types of application UIs that it is (OnClusterAppUIType), each with the path of one application in
    it; `{}` in a path is the number in the application's id. `on` is which primaries have it.
    """

    name: str
    roles: frozenset[str]
    port: int
    path: str = "/"
    kinds: Mapping[str, str] = field(default_factory=dict)
    on: On = On.FIRST


@dataclass(frozen=True)
class Service:
    """A port of an instance of one of `roles` for clients on the host: `{host}` and `{port}` in `url` are the loopback
    address and the port that it is published at. `on` is which primaries have it."""

    name: str
    roles: frozenset[str]
    port: int
    url: str
    on: On = On.FIRST


@dataclass(frozen=True)
class Metastore:
    """A Hive metastore on the master. Its daemon is omitted when all its readers use the shared catalog."""

    daemon: str
    port: int


@dataclass(frozen=True)
class CatalogReader:
    """A classification whose properties select the application's metastore, as `hive-site` does. `with_shared` are
    properties that the shared catalog requires, whatever the users set.

    `selects` are properties, each with the value that selects Glue; empty: Hive's own (shared_catalog.FACTORY).
    `address` is the property with the metastore's URI; empty: Hive's own, which has the warehouse beside it.
    """

    classification: str
    with_shared: Properties = field(default_factory=dict)
    selects: Properties = field(default_factory=dict)
    address: str = ""


@dataclass(frozen=True)
class Switch:
    """A property of a cluster's configurations that adds an application where it is `true`, as `iceberg.enabled` of
    `iceberg-defaults`. Its values are `true` and `false`, in any case."""

    classification: str
    property: str

    def value(self, requested: Mapping[str, Properties]) -> str:
        """Its value among the properties by classification, in small letters. Empty: it is not set."""
        return requested.get(self.classification, {}).get(self.property, "").strip().lower()


@dataclass(frozen=True)
class Application:
    """An application as EMR names it, with everything that LocalEMR needs to know of it.

    `contributes` are properties for classifications of applications that it needs: over their defaults, below the
    users' own. `min_core_instances` gives the number of core instances below which a cluster must not be shrunk, from
    the number at its launch and the requested properties by classification, `offers_mb` the memory in MiB that a worker
    offers to YARN by those (0: its type's). `memory_mb` is the memory in MiB that its daemons take on an instance that
    has one of the roles; YARN gets what is left. `log_dirs` are the folders of its logs by the name that they have
    below `node/<instance>/applications/`. `image` is the folder of its image recipe (images/files, images/application);
    empty: it needs no files. `switch` adds it to clusters which have all that it needs. `when_requested` are the names
    of daemons, pages and services that a cluster has only when it requested the application itself, and not others that
    need it. `everywhere`: every cluster and every node has it, without a request. `joins` are applications
    that it contributes to where a cluster has them. `notebooks` is the command that executes a notebook.
    `with_three_primaries`: clusters with three primaries may have it. What is `needed_by_three` they have always.
    `on_three_mb` is the memory that each of the three takes beside `memory_mb`.
    """

    name: str
    needs: tuple[str, ...] = ()
    classifications: Mapping[str, Classification] = field(default_factory=dict)
    contributes: Mapping[str, Callable[[Facts], Contribution]] = field(default_factory=dict)
    daemons: tuple[Daemon, ...] = ()
    checks: tuple[Check, ...] = ()
    web_uis: tuple[WebUi, ...] = ()
    services: tuple[Service, ...] = ()
    memory_mb: Mapping[frozenset[str], int] = field(default_factory=dict)
    min_core_instances: Callable[[int, Mapping[str, Properties]], int] = lambda launched, requested: 1
    offers_mb: Callable[[Mapping[str, Properties]], int] = lambda requested: 0
    metastore: Metastore | None = None
    catalog_readers: tuple[CatalogReader, ...] = ()
    log_dirs: Mapping[str, str] = field(default_factory=dict)
    failures: Failures | None = None
    image: str = ""
    switch: Switch | None = None
    when_requested: frozenset[str] = frozenset()
    joins: tuple[str, ...] = ()
    everywhere: bool = False
    notebooks: str = ""
    with_three_primaries: bool = False
    needed_by_three: bool = False
    on_three_mb: int = 0

    def without_metastore(self) -> Application:
        """The application without the daemon of its metastore and without the check for it."""
        return self._without_daemons({self.metastore.daemon}) if self.metastore else self

    def as_dependency(self) -> Application:
        """The application as others need it: without what clusters have only when they requested it."""
        if not self.when_requested:
            return self
        return replace(
            self._without_daemons(self.when_requested),
            web_uis=tuple(page for page in self.web_uis if page.name not in self.when_requested),
            services=tuple(service for service in self.services if service.name not in self.when_requested),
        )

    def _without_daemons(self, names: AbstractSet[str]) -> Application:
        unneeded = [daemon for daemon in self.daemons if daemon.name in names]
        return replace(
            self,
            daemons=tuple(daemon for daemon in self.daemons if daemon not in unneeded),
            checks=tuple(check for check in self.checks if check not in [daemon.up for daemon in unneeded]),
        )

    def ports(self, roles: AbstractSet[str], host: str = "", primaries: Sequence[str] = ()) -> tuple[int, ...]:
        """The ports that an instance with these roles publishes on the host's loopback address. A page may have the
        same one as a service. `host` and `primaries` are host names of three primaries."""
        every: list[WebUi | Service] = [*self.web_uis, *self.services]
        served = (each for each in every if each.roles & roles)
        here = (each for each in served if MASTER not in roles or is_on(each.on, host, primaries))
        return tuple(dict.fromkeys(each.port for each in here))

    def takes_mb(self, roles: AbstractSet[str]) -> int:
        """Memory in MiB that its daemons take on an instance with these roles."""
        return sum(size for taken_on, size in self.memory_mb.items() if taken_on & roles)


def with_dependencies(names: Iterable[str], known: Mapping[str, Application]) -> list[Application]:
    """The applications and their dependencies, without duplicates, dependencies first. Unknown names are omitted."""
    found: dict[str, Application] = {}
    requested = list(names)

    def add(name: str) -> None:
        if name in known and name not in found:
            for other in known[name].needs:
                add(other)
            found[name] = known[name] if name in requested else known[name].as_dependency()

    for name in requested:
        add(name)
    return list(found.values())


def installed(names: Iterable[str], known: Mapping[str, Application]) -> list[Application]:
    """The applications of a cluster for which these were requested: Hadoop too, which EMR installs below all others,
    and what every cluster has."""
    everywhere = [each.name for each in known.values() if each.everywhere]
    return with_dependencies((BASE, *names, *everywhere), known)


def switched_on(
    names: Iterable[str], requested: Mapping[str, Properties], known: Mapping[str, Application]
) -> tuple[str, ...]:
    """The applications that the properties by classification add to these."""
    there = {each.name for each in installed(names, known)}
    on = [each for each in known.values() if each.switch and each.switch.value(requested) == "true"]
    return tuple(each.name for each in on if each.name not in there and {*each.needs} <= there)
