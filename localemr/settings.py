"""Every setting of LocalEMR: its name, its default and what it does.

A setting is read once, at start, from the environment variable `LOCALEMR_<NAME>`. `localemr up` passes its environment
to the controller.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "LOCALEMR_"
KUBERNETES = "kubernetes"
"""The runtime whose instances are pods."""
RUNTIMES = ("docker", KUBERNETES, "memory")
OTHERS = ""
"""The key of the URL for all services without one of their own, in `aws_urls`."""
OFF = "off"


def _setting(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class Settings:
    """The settings of one installation; build it with `Settings.read()`."""

    home: str = _setting("~/.localemr", "directory of the database, logs and the controller's pid file")
    host: str = _setting("127.0.0.1", "address on which the controller listens")
    port: int = _setting(4577, "port of the EMR endpoint")
    s3_port: int = _setting(4578, "port of the S3 endpoint (MinIO) on the host")
    s3_console_port: int = _setting(4579, "port of MinIO's web console on the host")
    s3_endpoint: str = _setting("", "S3 endpoint that the controller uses; empty: MinIO on s3_port")
    installation: str = _setting("default", "name of this installation; keeps containers of several apart")
    controller_container: str = _setting("", "container in which the controller itself runs; empty: on the host")
    runtime: str = _setting(
        "docker", "docker or kubernetes: real clusters; memory: no containers, for tests of clients"
    )
    region: str = _setting("us-east-1", "region of ARNs and host names when a request names none")
    account: str = _setting("000000000000", "AWS account number in ARNs")
    access_key: str = _setting("localemr", "S3 access key (MinIO's root user)")
    secret_key: str = _setting("localemr-secret", "S3 secret key (MinIO's root password)")
    access_keys: str = _setting(
        "", "KEY:SECRET pairs, comma-separated, whose signatures are accepted; empty: anybody's"
    )
    allowed_hosts: str = _setting(
        "", "further names of the controller, comma-separated; .example.com stands for all names below it"
    )
    pages_domain: str = _setting(
        "",
        "domain whose subdomains all lead to the controller, for clusters' pages; empty: .localhost on this host only",
    )
    control: str = _setting("", "on or off: whether the control API exists; empty: with the memory runtime only")
    memory_scale: float = _setting(1.0, "share of an instance type's memory that its instances have")
    cpu_scale: float = _setting(1.0, "share of an instance type's vCPUs that its container gets, at most the host's")
    kubernetes_namespace: str = _setting(
        "", "namespace of clusters on Kubernetes; empty: the controller's own or the kubeconfig's"
    )
    cpu_request_share: float = _setting(
        0.1, "share of an instance's vCPUs that it reserves on Kubernetes; it may use the rest where that is free"
    )
    pending_seconds: float = _setting(
        600.0, "seconds for which an instance waits until Kubernetes has a machine for it; then it fails"
    )
    nearest_release: int = _setting(
        0, "1: the nearest release runs in place of a label that LocalEMR cannot run, without applications it lacks"
    )
    host_memory_share: float = _setting(0.9, "share of the host's memory that clusters may take together")
    subnets: str = _setting("10.213.0.0/16", "address range from which each cluster's network gets a /24")
    node_endpoint: str = _setting(
        "",
        "controller's URL for instances; {gateway} is this host in their network; empty: found out; off: none",
    )
    node_s3_endpoint: str = _setting("", "S3 endpoint for instances; empty: MinIO's container")
    catalog_endpoint: str = _setting(
        "", "HOST:PORT of a shared catalog that runs elsewhere; empty: in a container, where there is Docker"
    )
    aws_endpoints: str = _setting(
        "",
        "where AWS's services are that LocalEMR lacks: a URL, or SERVICE=URL, comma-separated; empty: in containers; "
        "off: nowhere",
    )
    reach_aws: int = _setting(0, "1: instances may call services of AWS that LocalEMR does not have; 0: they fail")
    scaling_period: float = _setting(5.0, "seconds between two looks at a cluster's load while something is under way")
    scale_down_seconds: float = _setting(
        60.0, "seconds for which less capacity must do until managed scaling removes instances"
    )
    unhealthy_seconds: float = _setting(
        2700.0, "seconds after which a core or task instance that YARN calls unhealthy is replaced"
    )
    replacement_seconds: float = _setting(
        3600.0, "seconds that work on an unhealthy instance has to end, once it is being replaced"
    )
    metrics_period: float = _setting(300.0, "seconds between two values of a cluster's metrics in CloudWatch")
    metrics_days: int = _setting(455, "days that CloudWatch keeps data of metrics; 0: for ever")
    retention_days: int = _setting(62, "days that clusters are kept after their end, and events; 0: for ever")
    registry: str = _setting("", "registry from which images are pulled before they are built; empty: none")
    prices: str = _setting("", "file of prices, TOML or JSON, for `localemr cost`; what it lacks stays (docs/cost.md)")
    log_level: str = _setting("INFO", "level of the controller's log")

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings from the environment (default: the process's own).

        Raises ValueError naming the variable whose value does not parse.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for item in fields(cls):
            name = PREFIX + item.name.upper()
            if name not in environ:
                continue
            convert: type[Any] = type(item.default)
            try:
                values[item.name] = convert(environ[name])
            except ValueError as error:
                raise ValueError(f"{name}={environ[name]!r}: expected {convert.__name__}") from error
        return cls(**values)

    @property
    def accepted_keys(self) -> dict[str, str]:
        """`access_keys` as access key → secret key. Raises ValueError for an entry other than KEY:SECRET."""
        pairs = [pair.strip().split(":", 1) for pair in self.access_keys.split(",") if pair.strip()]
        if any(len(pair) != 2 or not all(pair) for pair in pairs):
            raise ValueError("LOCALEMR_ACCESS_KEYS: expected KEY:SECRET, several separated by commas")
        return dict((key, secret) for key, secret in pairs)

    def check_runtime(self) -> None:
        """Raise ValueError for an unknown runtime."""
        if self.runtime not in RUNTIMES:
            *names, last = RUNTIMES
            raise ValueError(f"LOCALEMR_RUNTIME={self.runtime!r}: expected {', '.join(names)} or {last}")

    @property
    def on_kubernetes(self) -> bool:
        """Whether instances are pods."""
        return self.runtime == KUBERNETES

    @property
    def aws_off(self) -> bool:
        """Whether the services of AWS that LocalEMR lacks have no containers."""
        return self.aws_endpoints == OFF

    @property
    def aws_urls(self) -> dict[str, str]:
        """`aws_endpoints` by the names of services in signatures, OTHERS for all others. Raises ValueError."""
        found: dict[str, str] = {}
        for each in (part.strip() for part in self.aws_endpoints.split(",") if not self.aws_off and part.strip()):
            service, separator, url = each.partition("=") if "://" not in each.split("=")[0] else ("", "=", each)
            if not separator or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
                raise ValueError(f"LOCALEMR_AWS_ENDPOINTS: {each!r}: expected SERVICE=URL, a URL, or off")
            found[service] = url.rstrip("/")
        return found

    @property
    def catalog_address(self) -> tuple[str, int] | None:
        """`catalog_endpoint` as host and port, None without. Raises ValueError for another form."""
        if not self.catalog_endpoint:
            return None
        host, _, port = self.catalog_endpoint.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError(f"LOCALEMR_CATALOG_ENDPOINT={self.catalog_endpoint!r}: expected HOST:PORT")
        return host, int(port)

    @property
    def control_enabled(self) -> bool:
        """Whether the control API exists. Raises ValueError for a value other than on and off."""
        if self.control not in ("", "on", "off"):
            raise ValueError(f"LOCALEMR_CONTROL={self.control!r}: expected on or off")
        return self.control == "on" if self.control else self.runtime == "memory"

    @property
    def listens_locally(self) -> bool:
        """Whether only programs on this host can reach the controller."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def home_path(self) -> Path:
        """`home` with ~ expanded."""
        return Path(self.home).expanduser()

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.home_path / "localemr.db"

    @property
    def table_versions(self) -> Path:
        """The SQLite file of the versions of Glue's tables."""
        return self.home_path / "table-versions.db"

    @property
    def metrics(self) -> Path:
        """The SQLite file of CloudWatch's metrics and alarms."""
        return self.home_path / "metrics.db"

    @property
    def events(self) -> Path:
        """The SQLite file of EventBridge's rules and events on their way."""
        return self.home_path / "events.db"

    @property
    def event_logs(self) -> Path:
        """The folder of EventBridge's targets that are logs."""
        return self.home_path / "logs" / "aws" / "events"

    @property
    def endpoint(self) -> str:
        """URL of the EMR endpoint as a client on this host uses it."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{host}:{self.port}"

    @property
    def s3_url(self) -> str:
        """URL of the S3 endpoint as a client on this host uses it."""
        return self.s3_endpoint or f"http://127.0.0.1:{self.s3_port}"

    @property
    def s3_container(self) -> str:
        """Name of the MinIO container; inside cluster networks its alias is `s3`, its port 9000."""
        return self.container("s3")

    @property
    def services(self) -> dict[str, str]:
        """Containers attached to every cluster's network, by their name in it."""
        found = {"s3": self.s3_container, "controller": self.controller_container}
        return {name: container for name, container in found.items() if container}

    def container(self, name: str) -> str:
        """Name of a container that is no cluster's, by what it has."""
        return f"localemr-{self.installation}-{name}"
