"""What an application is: data about its daemons, files and web pages. The folders in applications/ fill these in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

from localemr.domain.model.records import CORE, MASTER, TASK

EVERYWHERE = frozenset({MASTER, CORE, TASK})


@dataclass(frozen=True)
class Site:
    """What every cluster of this installation shares: the S3 endpoint as instances see it, its keys, and the EMR
    endpoint: `{gateway}` in it is the host's address in the cluster's network; empty: instances cannot reach it."""

    s3_endpoint: str = "http://s3:9000"
    access_key: str = "localemr"
    secret_key: str = "localemr-secret"
    emr_endpoint: str = ""


Properties = Mapping[str, str]


@dataclass(frozen=True)
class Facts:
    """What defaults are computed from. Sizes in MiB; `yarn_mb` is what the NodeManager offers to containers.

    `cores` and `workers` are the numbers of core instances and of core and task instances asked for at launch, `asked`
    the properties asked for, by classification: some change what others have by default.
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
    applications: frozenset[str]
    asked: Mapping[str, Properties] = field(default_factory=dict)


@dataclass(frozen=True)
class Classification:
    """A configuration classification: the file that it makes, the file's format and its defaults.

    `format` names a renderer of domain/node/configurations.py. Without a path it makes no file of its own: the defaults
    of other classifications depend on it. Which daemons a change restarts is written at the daemons (`Daemon.reads`).
    """

    path: str | None
    format: str
    defaults: Callable[[Facts], Properties] = lambda facts: {}


@dataclass(frozen=True)
class Check:
    """Something that must hold before a cluster is ready, or a daemon is up; asked at `port` + `path` (JSON), on the
    master or where the daemon runs. Without a path: somebody listens at `port`.

    `key` is a dotted path into the answer; its value is `equals`, or contains all words of `contains` (there are none:
    any value will do), or the host names of all live instances whose role is in `hosts_of`.
    """

    what: str
    port: int
    path: str = ""
    key: str = ""
    equals: Any = None
    hosts_of: frozenset[str] = frozenset()
    contains: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Daemon:
    """A long-lived command. `late` daemons start once the cluster is ready and do not hold it up.

    `reads` are the classifications, of any application, whose change restarts it (emr-behaviour §8.1). `up` holds on
    its instance once it serves; None: the application's checks tell that.
    """

    name: str
    roles: frozenset[str]
    argv: tuple[str, ...]
    user: str
    log_dir: str
    late: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    reads: frozenset[str] = frozenset()
    up: Check | None = None


@dataclass(frozen=True)
class WebUi:
    """A web page that an instance of one of `roles` serves on `port`."""

    name: str
    roles: frozenset[str]
    port: int
    path: str = "/"


@dataclass(frozen=True)
class Service:
    """What clients on the host reach at a port of an instance of one of `roles`: `{host}` and `{port}` in `url` are
    the loopback address and the port that it is published at."""

    name: str
    roles: frozenset[str]
    port: int
    url: str


@dataclass(frozen=True)
class Application:
    """An application as EMR names it, with all that LocalEMR needs to know of it.

    `least_cores` gives the number of core instances below which a cluster must not be shrunk, from the number at its
    launch and the properties asked for, by classification. `spare` names the daemons that a cluster need not run, from
    the same properties and the names of its applications. `alone_mb` is the memory in MiB that its daemons keep from
    YARN on a single instance.
    """

    name: str
    needs: tuple[str, ...] = ()
    classifications: Mapping[str, Classification] = field(default_factory=dict)
    daemons: tuple[Daemon, ...] = ()
    checks: tuple[Check, ...] = ()
    web_uis: tuple[WebUi, ...] = ()
    services: tuple[Service, ...] = ()
    alone_mb: int = 0
    least_cores: Callable[[int, Mapping[str, Properties]], int] = lambda launched, asked: 1
    spare: Callable[[Mapping[str, Properties], AbstractSet[str]], AbstractSet[str]] = lambda asked, names: frozenset()

    def fitted(self, asked: Mapping[str, Properties], names: AbstractSet[str]) -> Application:
        """The application without the daemons that are to spare, and without what holds once they are up."""
        spare = self.spare(asked, names)
        if not spare:
            return self
        idle = [daemon.up for daemon in self.daemons if daemon.name in spare]
        return replace(
            self,
            daemons=tuple(daemon for daemon in self.daemons if daemon.name not in spare),
            checks=tuple(check for check in self.checks if check not in idle),
        )

    def ports(self, roles: AbstractSet[str]) -> tuple[int, ...]:
        """What an instance that has these roles publishes on the host's loopback address."""
        pages = (page.port for page in self.web_uis if page.roles & roles)
        return (*pages, *(service.port for service in self.services if service.roles & roles))


@dataclass(frozen=True)
class InstanceType:
    """An EC2 instance type. `yarn_mb` is what EMR gives to YARN; `factor` its weight in NormalizedInstanceHours; there
    are `disks` of `disk_gb` each in the instance."""

    name: str
    vcpus: int
    memory_mb: int
    yarn_mb: int
    yarn_vcores: int
    factor: int
    disks: int = 0
    disk_gb: int = 0


@dataclass(frozen=True)
class Release:
    """A release label and the upstream version of each application in it."""

    label: str
    applications: Mapping[str, str]


@dataclass(frozen=True)
class Catalog:
    """All that is data: applications, releases and instance types by name, the site, and the scale of memory and
    processors."""

    applications: Mapping[str, Application]
    releases: Mapping[str, Release]
    instance_types: Mapping[str, InstanceType]
    site: Site = Site()
    memory_scale: float = 0.1875
    cpu_scale: float = 1.0
