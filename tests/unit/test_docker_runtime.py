"""The runtime on Docker, over an SDK whose daemon is a table."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import docker.errors
import pytest
import requests

from localemr.runtime.base import (
    ENDED,
    MADE,
    RUNNING,
    File,
    InstanceSpec,
    ListedCluster,
    Machine,
    RuntimeDeferred,
    RuntimeFailure,
    RuntimeUnavailable,
)
from localemr.runtime.docker import WHOLE_LOG, DockerRuntime
from localemr.runtime.docker_network import Networks, address_for, gateway_of
from localemr.runtime.skew import FRESH, Skew
from tests.images import Images

NOW = 1_700_000_000.0
NETWORK, MASTER = "localemr-test-j-1", "localemr-test-ci-1"
SERVICES = {"s3": "minio-1", "catalog": "catalog-1"}


def docker_time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def error(status: int, message: str) -> docker.errors.APIError:
    answer = requests.Response()
    answer.status_code = status
    kind = docker.errors.NotFound if status == 404 else docker.errors.APIError
    return kind(message, response=answer, explanation=message)


@dataclass
class Daemon(docker.APIClient):
    """The SDK's calls, answered from tables; its clock is `ahead` of the controller's. Types are the SDK's own."""

    ahead: float = 0.0
    memory_mb: int = 1000
    away: bool = False
    driver: str = "cgroupfs"
    rootless: bool = False
    refusal: bytes = b""
    others: list[dict[str, Any]] = field(default_factory=list)
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    listed: list[dict[str, Any]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    absent: set[str] = field(default_factory=set)
    _version: str = "1.41"

    def info(self) -> dict[str, Any]:
        if self.away:
            raise requests.exceptions.ConnectionError("no daemon")
        return {
            "MemTotal": self.memory_mb * 2**20,
            "NCPU": 2,
            "SystemTime": docker_time(NOW + self.ahead),
            "CgroupDriver": self.driver,
            "SecurityOptions": ["name=seccomp,profile=default", *(["name=rootless"] if self.rootless else [])],
        }

    def networks(self, *args: Any, **options: Any) -> list[dict[str, Any]]:
        return [*self.others, *self.found.values()]

    def create_network(self, name: str, **options: Any) -> None:
        self.found[name] = {"Name": name, "IPAM": options["ipam"], "Labels": options["labels"], "Containers": {}}

    def inspect_network(self, name: str, **options: Any) -> dict[str, Any]:
        if name not in self.found:
            raise error(404, "no such network")
        return self.found[name]

    def remove_network(self, name: str) -> None:
        self.found.pop(name, None)

    def close(self) -> None:
        """Nothing is open."""

    def connect_container_to_network(self, container: str, name: str, **options: Any) -> None:
        if container not in self.running:
            raise error(404, f"no such container: {container}")
        self.found[name]["Containers"][container] = {"Name": container, "Aliases": options["aliases"]}

    def inspect_container(self, name: str) -> dict[str, Any]:
        if name == "ended":
            return {"State": {"ExitCode": 137, "FinishedAt": docker_time(NOW - 3 + self.ahead)}}
        if name not in self.running:
            raise error(404, "no such container")
        return {"State": {"Running": True}}

    def create_container(self, image: str, command: Any = None, **options: Any) -> dict[str, Any]:
        if image in self.absent:
            raise docker.errors.ImageNotFound("no such image")
        name = options.get("name", f"limit-{len(self.made)}")
        if name in self.made:
            raise error(409, "it is in use")
        self.made[name] = {"image": image, **options}
        return {"Id": name}

    def wait(self, container: str, *args: Any, **options: Any) -> dict[str, Any]:
        return {"StatusCode": 1 if self.refusal else 0}

    def logs(self, container: str, *args: Any, **options: Any) -> bytes:
        return self.refusal

    def remove_container(self, container: str, *args: Any, **options: Any) -> None:
        self.running.discard(container)

    def put_archive(self, name: str, path: str, data: bytes) -> None:
        self.written.append(name)

    def start(self, name: str, *args: Any, **options: Any) -> None:
        self.running.add(name)

    def containers(self, *args: Any, **options: Any) -> list[dict[str, Any]]:
        return self.listed


def play(
    daemon: Daemon,
    test: Callable[[DockerRuntime], Coroutine[Any, Any, Any]],
    skew: Skew | None = None,
    images: Images | None = None,
) -> None:
    async def body() -> None:
        networks = Networks("10.213.0.0/16", SERVICES)
        skew_ = skew or Skew(lambda: NOW)
        runtime = DockerRuntime("test", images or Images(), networks, "", 0.5, lambda: daemon, skew_)
        await test(runtime)

    asyncio.run(body())


SPEC = InstanceSpec(
    "ci-1", "j-1", "emr-7.13.0", "ip-10-213-7-10.ec2.internal", ("ip-10-213-7-11.ec2.internal",), {"role": "MASTER"},
    {"A": "b"}, 512, 8.0, (8088,),
)  # fmt: skip


def made(daemon: Daemon, **changes: Any) -> dict[str, Any]:
    """The container that is made of SPEC in a cluster whose names spell 10.213.7.0/24, on half of the host's memory."""

    async def test(runtime: DockerRuntime) -> None:
        daemon.running.add("minio-1")
        await runtime.ensure_cluster("j-1", {"cluster-name": "n"}, "10.213.7.0/24", {"s3"})
        for _ in range(2):  # a controller that was killed makes it once more
            await runtime.make(replace(SPEC, **changes), {"/a": File("b")})
        runtime._pool.shutdown()

    play(daemon, test)
    return daemon.made[MASTER]


def test_addresses_are_those_that_the_names_spell() -> None:
    daemon = Daemon()
    container = made(daemon)
    endpoint = container["networking_config"]["EndpointsConfig"][NETWORK]
    assert endpoint["IPAMConfig"] == {"IPv4Address": "10.213.7.10", "LinkLocalIPs": ["169.254.169.254"]}
    assert container["host_config"]["ExtraHosts"] == ["ip-10-213-7-11.ec2.internal:10.213.7.11"]
    assert endpoint["Aliases"] == ["ip-10-213-7-10.ec2.internal", "ip-10-213-7-10"]
    assert gateway_of(daemon.found[NETWORK]) == "10.213.7.1"


def test_where_their_range_is_taken_they_are_others_with_the_same_last_number() -> None:
    daemon = Daemon(others=[{"Name": "x", "IPAM": {"Config": [{"Subnet": "10.213.6.0/23"}]}}])
    container = made(daemon)
    endpoint = container["networking_config"]["EndpointsConfig"][NETWORK]
    assert endpoint["IPAMConfig"]["IPv4Address"] == "10.213.0.10"
    assert container["hostname"] == "ip-10-213-7-10.ec2.internal"
    assert container["host_config"]["ExtraHosts"] == ["ip-10-213-7-11.ec2.internal:10.213.0.11"]


def test_a_name_without_an_address_has_any() -> None:
    assert address_for("10.213.7.0/24", "worker") is None
    assert address_for("10.213.7.0/24", "ip-10-9-9-12") == "10.213.7.12"


def test_no_log_opt_of_the_daemon_cuts_the_log() -> None:
    """The daemon takes its own log-opts for those options alone that a container does not give."""
    config = made(Daemon())["host_config"]["LogConfig"]
    assert config == {"Type": "json-file", "Config": WHOLE_LOG}
    assert {"max-size", "max-file", "compress"} <= config["Config"].keys()


def test_it_is_made_of_its_releases_image_with_its_labels_within_the_machine() -> None:
    daemon = Daemon()
    container = made(daemon)
    assert container["image"] == "node:emr-7.13.0"
    assert container["labels"] == {
        "localemr.installation": "test", "localemr.cluster": "j-1", "localemr.instance": "ci-1",
        "localemr.role": "MASTER",
    }  # fmt: skip
    assert container["host_config"]["NanoCpus"] == 2e9
    assert daemon.written == [MASTER, MASTER]


def limits(daemon: Daemon) -> list[dict[str, Any]]:
    """The containers that limit the group of all instances."""
    return [each for name, each in daemon.made.items() if name.startswith("limit-")]


@pytest.mark.parametrize(
    ("driver", "parent"), [("cgroupfs", "/docker/localemr-test"), ("systemd", "system-localemr_test.slice")]
)
def test_instances_are_limited_together_and_each_by_what_the_host_has(driver: str, parent: str) -> None:
    daemon = Daemon(memory_mb=8192, driver=driver)
    container = made(daemon, memory_mb=16384)
    assert container["host_config"]["CgroupParent"] == parent
    assert container["host_config"]["Memory"] == container["host_config"]["MemorySwap"] == 4096 * 2**20
    (limit,) = limits(daemon)
    assert (limit["environment"]["LIMIT"], limit["image"]) == (str(4096 * 2**20), "node:emr-7.13.0")
    assert limit["host_config"]["CgroupParent"] == parent
    assert limit["host_config"]["CapDrop"] == ["ALL"] and limit["host_config"]["NetworkMode"] == "none"
    assert daemon.running == {MASTER, "minio-1"}, "it is gone"


def test_an_instance_smaller_than_the_host_has_its_own_limit() -> None:
    assert made(Daemon(memory_mb=8192))["host_config"]["Memory"] == 512 * 2**20


def test_without_the_right_to_limit_groups_each_is_limited_alone(caplog: pytest.LogCaptureFixture) -> None:
    daemon = Daemon(memory_mb=8192, rootless=True)
    container = made(daemon, memory_mb=16384)
    assert container["host_config"]["Memory"] == 4096 * 2**20
    assert "CgroupParent" not in container["host_config"] and not limits(daemon)
    refused = Daemon(memory_mb=8192, refusal=b"Permission denied")
    assert made(refused)["image"]
    assert "is not limited: Permission denied" in caplog.text


def listed(state: str, name: str = "running") -> dict[str, Any]:
    return {
        "Id": name, "Names": [f"/{MASTER}"], "State": state,
        "Labels": {"localemr.installation": "test", "localemr.cluster": "j-1", "localemr.instance": "ci-1",
                   "localemr.role": "MASTER", "other": "x"},
        "Ports": [{"PrivatePort": 8088, "PublicPort": 32768}, {"PrivatePort": 22}],
        "NetworkSettings": {"Networks": {NETWORK: {"IPAddress": "10.213.7.10"}}},
    }  # fmt: skip


@pytest.mark.parametrize("ahead", [-600.0, 0.0, 600.0])
def test_times_are_those_of_the_controllers_clock(ahead: float) -> None:
    daemon = Daemon(ahead=ahead, listed=[listed("exited", "ended")])

    async def test(runtime: DockerRuntime) -> None:
        (found,) = await runtime.instances("j-1")
        assert (found.state, found.exit_code) == (ENDED, 137)
        assert found.ended == pytest.approx(NOW - 3, abs=0.01)

    play(daemon, test)


def test_a_clock_that_is_set_while_the_controller_runs_is_noticed() -> None:
    monotonic = [0.0]
    daemon = Daemon(ahead=-600, listed=[listed("exited", "ended")])

    async def test(runtime: DockerRuntime) -> None:
        await runtime.instances("j-1")
        daemon.ahead, monotonic[0] = 0.0, FRESH + 1
        (found,) = await runtime.instances("j-1")
        assert found.ended == pytest.approx(NOW - 3, abs=0.01)

    play(daemon, test, Skew(lambda: NOW, lambda: monotonic[0]))


def test_noise_does_not_move_the_clock() -> None:
    """Times that follow each other keep their order, whatever was measured between them."""
    skew = Skew(lambda: NOW)
    for noise in (0.4, -0.3, 0.9):
        skew.measure(lambda noise=noise: NOW + noise)  # type: ignore[misc]
        assert skew.to_controller(5.0) == 5.0


def test_what_is_listed() -> None:
    daemon = Daemon(listed=[listed("running"), listed("created")])

    async def test(runtime: DockerRuntime) -> None:
        first, second = await runtime.instances("j-1")
        assert (first.name, first.cluster, first.state, second.state) == ("ci-1", "j-1", RUNNING, MADE)
        assert (first.annotations["role"], first.address) == ("MASTER", "10.213.7.10")
        assert first.reach == {8088: ("127.0.0.1", 32768)}

    play(daemon, test)


def test_a_controller_in_a_container_reaches_instances_in_their_network() -> None:
    async def test() -> None:
        daemon = Daemon(listed=[listed("running")])
        networks = Networks("10.213.0.0/16", {})
        runtime = DockerRuntime("test", Images(), networks, "own-1", 1.0, lambda: daemon, Skew(lambda: NOW))
        assert (await runtime.instances())[0].reach == {8088: (MASTER, 8088)}

    asyncio.run(test())


def test_a_service_that_was_made_anew_is_seen_to_be_detached_and_attached_again() -> None:
    daemon = Daemon(running={"minio-1"})

    async def test(runtime: DockerRuntime) -> None:
        assert await runtime.cluster("j-1", {"s3"}) is None
        await runtime.ensure_cluster("j-1", {}, "10.213.7.0/24", {"s3"})
        whole = ListedCluster("10.213.7.1")
        assert await runtime.cluster("j-1", {"s3", "catalog"}) == whole, "there is no catalog to be attached"
        daemon.found[NETWORK]["Containers"].clear()
        assert await runtime.cluster("j-1", {"s3"}) == ListedCluster("10.213.7.1", frozenset({"s3"}))
        await runtime.ensure_cluster("j-1", {}, "10.213.7.0/24", {"s3"})
        assert await runtime.cluster("j-1", {"s3"}) == whole
        daemon.running.clear()
        daemon.found[NETWORK]["Containers"].clear()
        assert await runtime.cluster("j-1", {"s3"}) == whole, "nothing can be done while it does not run"

    play(daemon, test)


def test_the_machine_is_looked_at_each_time() -> None:
    daemon = Daemon(away=True)

    async def test(runtime: DockerRuntime) -> None:
        with pytest.raises(RuntimeUnavailable):
            await runtime.capacity()
        daemon.away = False
        assert await runtime.capacity() == (Machine(500, 2),)
        daemon.memory_mb = 2000
        assert await runtime.capacity() == (Machine(1000, 2),)

    play(daemon, test)


def test_without_a_free_range_it_says_so() -> None:
    daemon = Daemon(others=[{"Name": "x", "IPAM": {"Config": [{"Subnet": "10.0.0.0/8"}]}}])

    async def test(runtime: DockerRuntime) -> None:
        with pytest.raises(RuntimeFailure, match="LOCALEMR_SUBNETS"):
            await runtime.ensure_cluster("j-1", {}, "10.213.7.0/24", ())

    play(daemon, test)


def test_an_instance_is_made_from_the_image_that_its_applications_need() -> None:
    daemon, images = Daemon(), Images(lambda spec: f"node:{'-'.join(spec.applications)}")

    async def test(runtime: DockerRuntime) -> None:
        await runtime.ensure_cluster("j-1", {}, "10.213.7.0/24", ())
        await runtime.make(replace(SPEC, applications=("Hadoop", "Hive")), {})
        await runtime.remove_cluster("j-1")

    play(daemon, test, images=images)
    assert made(daemon)["image"] == "node:Hadoop-Hive"
    assert images.released == ["j-1"]


def test_nothing_is_made_while_the_image_is_prepared() -> None:
    daemon, images = Daemon(), Images(outcome=RuntimeDeferred(NOW + 1, progress="the image"))

    async def test(runtime: DockerRuntime) -> None:
        await runtime.ensure_cluster("j-1", {}, "10.213.7.0/24", ())
        with pytest.raises(RuntimeDeferred) as raised:
            await runtime.make(SPEC, {})
        assert raised.value.progress == "the image"
        await runtime.close()

    play(daemon, test, images=images)
    assert daemon.made == {} and images.closed


def test_an_image_that_was_removed_meanwhile_is_looked_for_again() -> None:
    daemon, images = Daemon(absent={"node:emr-7.13.0"}), Images()

    async def test(runtime: DockerRuntime) -> None:
        await runtime.ensure_cluster("j-1", {}, "10.213.7.0/24", ())
        with pytest.raises(RuntimeDeferred) as raised:
            await runtime.make(SPEC, {})
        assert (raised.value.until, raised.value.code) == (NOW, "")

    play(daemon, test, images=images)
    assert images.lost == ["node:emr-7.13.0"]
