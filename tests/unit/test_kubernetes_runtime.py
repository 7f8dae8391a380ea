"""The runtime on Kubernetes where Kubernetes refuses, waits, loses a machine, or does not answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from lightkube import KubeConfig
from lightkube.config.models import Cluster as Endpoint

from localemr.runtime.base import (
    ENDED,
    MADE,
    RUNNING,
    Event,
    File,
    ListedInstance,
    Machine,
    RuntimeDeferred,
    RuntimeFailure,
    RuntimeUnavailable,
)
from localemr.runtime.kubernetes.client import KEEP_ALIVE, SECONDS, transport
from localemr.runtime.kubernetes.manifests import Namer, Sizes, pod, secret
from localemr.runtime.kubernetes.pods import quantity
from localemr.runtime.kubernetes.runtime import KubernetesRuntime, Options
from localemr.runtime.kubernetes.waiting import Patience
from tests.kubernetes_api import Server
from tests.kubernetes_objects import ApiError, Cluster
from tests.runtime_contract import CLUSTER, HOSTS, Follower, run_file, spec, until
from tests.unit.test_kubernetes_contract import made

ONE = spec()
POD = f"i-{ONE.name.lower()}"
NO_ROOM = "0/1 nodes are available: 1 Insufficient memory."


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        yield found


def play(
    server: Server, test: Callable[[KubernetesRuntime], Awaitable[None]], patience: Patience | None = None
) -> None:
    """Run a test over a runtime with a cluster."""

    async def body() -> None:
        runtime = made(server, Options(patience=patience or Patience()))
        try:
            await runtime.ensure_cluster(CLUSTER, {}, HOSTS, ())
            await test(runtime)
        finally:
            await runtime.close()

    asyncio.run(body())


async def deferred(runtime: KubernetesRuntime) -> RuntimeDeferred:
    """What `make` raises, once the watch has reported what the scheduler says: its older reports come first."""

    async def look() -> RuntimeDeferred | None:
        try:
            await runtime.make(ONE, {})
        except RuntimeDeferred as error:
            return error
        return None

    return await until(look, "nothing is deferred")


async def seen(runtime: KubernetesRuntime, state: str) -> ListedInstance:
    """The instance, once it is listed in this state."""

    async def look() -> ListedInstance | None:
        return next((each for each in await runtime.instances(CLUSTER) if each.state == state), None)

    return await until(look, f"no instance is {state}")


def age(cluster: Cluster, seconds: float) -> None:
    """Make the pod older."""
    found = cluster.find("pods", POD)
    found["metadata"]["creationTimestamp"] = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()
    found["status"]["startTime"] = found["metadata"]["creationTimestamp"]
    cluster.store("pods", "MODIFIED", found)


def test_an_instance_waits_for_room_and_fails_in_the_end(server: Server) -> None:
    async def test(runtime: KubernetesRuntime) -> None:
        server.do(lambda cluster: setattr(cluster, "full", NO_ROOM))
        waiting = await deferred(runtime)
        assert (waiting.code, NO_ROOM in waiting.progress) == ("", True)
        assert (await seen(runtime, MADE)).address is None
        server.do(lambda cluster: age(cluster, 61))

        async def look() -> RuntimeDeferred | None:
            found = await deferred(runtime)
            return found if found.code else None

        failure = await until(look, "it waits for ever")
        assert (failure.code, str(failure)) == ("INTERNAL_ERROR", f"Insufficient capacity: {NO_ROOM}")
        assert len([each for each in server.cluster.calls if each == ("create", "pods")]) == 1

    play(server, test, Patience(room=60))


def test_a_machine_with_room_ends_the_wait(server: Server) -> None:
    async def test(runtime: KubernetesRuntime) -> None:
        server.do(lambda cluster: setattr(cluster, "full", NO_ROOM))
        with pytest.raises(RuntimeDeferred):
            for _ in range(100):
                await runtime.make(ONE, run_file("a", "true"))
                await asyncio.sleep(0.02)

        def grow(cluster: Cluster) -> None:
            cluster.full = ""
            cluster.settle()

        server.do(grow)
        await seen(runtime, RUNNING)
        await runtime.make(ONE, {})
        assert server.cluster.insides[POD].started == ["a"]

    play(server, test)


def test_files_that_come_before_a_pod_runs_are_not_lost(server: Server) -> None:
    def go_on(cluster: Cluster) -> None:
        cluster.slow = False
        cluster.settle()

    async def test(runtime: KubernetesRuntime) -> None:
        server.do(lambda cluster: setattr(cluster, "slow", True))
        await runtime.make(ONE, run_file("a", "true"))
        more = run_file("a", "true") | run_file("b", "true")
        with pytest.raises(RuntimeDeferred, match="has to run") as raised:
            await runtime.make(ONE, more)
        assert (raised.value.code, raised.value.progress) == ("", "")
        server.do(go_on)
        await seen(runtime, RUNNING)
        await runtime.make(ONE, more)
        assert server.cluster.insides[POD].started == ["a", "b"]

    play(server, test)


def test_an_image_that_cannot_be_pulled(server: Server) -> None:
    async def test(runtime: KubernetesRuntime) -> None:
        server.do(lambda cluster: setattr(cluster, "no_image", "ErrImagePull"))
        with pytest.raises(RuntimeDeferred) as raised:
            for _ in range(100):
                await runtime.make(ONE, {})
                await asyncio.sleep(0.02)
        assert (raised.value.code, "not found" in raised.value.progress) == ("", True)
        server.do(lambda cluster: age(cluster, 121))

        async def look() -> RuntimeDeferred | None:
            found = await deferred(runtime)
            return found if found.code else None

        failure = await until(look, "it waits for ever")
        assert "cannot be pulled" in str(failure)

    play(server, test)


def test_a_quota_is_a_lack_of_capacity(server: Server) -> None:
    text = 'pods "x" is forbidden: exceeded quota: q, requested: limits.memory=16Gi, used: 0, limited: 8Gi'

    async def test(runtime: KubernetesRuntime) -> None:
        server.do(lambda cluster: cluster.refused.update(pods=ApiError(403, "Forbidden", text)))
        waiting = await deferred(runtime)
        assert (waiting.code, text in waiting.progress) == ("", True)
        assert server.do(lambda cluster: list(cluster.objects["secrets"])) == [], "its Secret was left"
        await asyncio.sleep(0.05)
        failure = await deferred(runtime)
        assert (failure.code, str(failure)) == ("INTERNAL_ERROR", f"Insufficient capacity: {text}")
        server.do(lambda cluster: cluster.refused.clear())
        await runtime.make(ONE, {})
        await seen(runtime, RUNNING)

    play(server, test, Patience(room=0.01))


def test_what_is_forbidden_is_a_failure(server: Server) -> None:
    async def test(runtime: KubernetesRuntime) -> None:
        server.do(lambda cluster: cluster.refused.update(pods=ApiError(403, "Forbidden", "violates PodSecurity")))
        with pytest.raises(RuntimeFailure, match="violates PodSecurity") as raised:
            await runtime.make(ONE, {})
        assert not isinstance(raised.value, RuntimeDeferred | RuntimeUnavailable)

    play(server, test)


def test_files_that_are_too_large_for_a_secret_are_refused(server: Server) -> None:
    import random

    text = random.Random(1).randbytes(1 << 20).hex()

    async def test(runtime: KubernetesRuntime) -> None:
        with pytest.raises(RuntimeFailure, match="at most 1048576 bytes"):
            await runtime.make(ONE, {"/large": File(text)})

    play(server, test)


def test_a_machine_that_stops_answering_loses_its_instances(server: Server) -> None:
    async def test(runtime: KubernetesRuntime) -> None:
        await runtime.make(ONE, {})
        await seen(runtime, RUNNING)
        heard = list[Event]()

        async def listen() -> None:
            async for event in runtime.events():
                heard.append(event)

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0.1)
        server.do(lambda cluster: cluster.stop_machine("m-1", deletes=False))

        async def reported() -> bool | None:
            return True if Event(CLUSTER, ONE.name, "change") in heard else None

        await until(reported, "the machine's end is not reported")
        assert (await seen(runtime, RUNNING)).name == ONE.name, "its machine may come back"
        server.do(lambda cluster: cluster.stop_machine("m-1"))
        lost = await seen(runtime, ENDED)
        assert (lost.exit_code, lost.killed, lost.why) == (None, False, "its machine m-1 stopped answering")
        await runtime.remove(ONE.name)
        assert await runtime.instances() == []
        with pytest.raises(RuntimeUnavailable, match="no machine that is ready"):
            await runtime.capacity()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    play(server, test)


@pytest.mark.parametrize("deleted_first", [True, False])
def test_a_command_ends_with_its_machine(server: Server, deleted_first: bool) -> None:
    """A machine that is off is silent: without that a pass would wait for the command until it is given up."""

    def off(cluster: Cluster) -> None:
        cluster.stop_machine("m-1", deletes=not deleted_first)

    async def test(runtime: KubernetesRuntime) -> None:
        await runtime.make(ONE, {})
        await seen(runtime, RUNNING)
        server.do(lambda cluster: cluster.silent.add(POD))
        began = asyncio.get_running_loop().time()
        sending = asyncio.create_task(runtime.send(ONE.name, {"/a": File("text")}))
        reading = asyncio.create_task(anext(runtime.read(ONE.name, "/a")))  # type: ignore[arg-type]
        await until(lambda: answered(server, 2), "the commands do not run")
        if deleted_first:
            server.do(lambda cluster: cluster.delete_later(POD))
        server.do(off)
        for each in (sending, reading):
            with pytest.raises(RuntimeFailure, match="ended before a command"):
                await each
        assert asyncio.get_running_loop().time() - began < SECONDS / 2

    play(server, test)


async def answered(server: Server, count: int) -> bool | None:
    """True once so many commands run."""
    calls = server.do(lambda cluster: list(cluster.calls))
    return True if calls.count(("create", "pods/exec")) >= count else None


def test_memory_that_ran_out_is_the_reason(server: Server) -> None:
    async def test(runtime: KubernetesRuntime) -> None:
        await runtime.make(ONE, {})
        server.do(lambda cluster: cluster.end(POD, 137, "OOMKilled"))
        ended = await seen(runtime, ENDED)
        assert (ended.exit_code, ended.killed, ended.why) == (137, True, "its memory ran out")

    play(server, test)


def test_a_watch_that_is_too_old_begins_again(server: Server) -> None:
    async def test(runtime: KubernetesRuntime) -> None:
        await runtime.make(ONE, {})
        await seen(runtime, RUNNING)

        def lose(cluster: Cluster) -> None:
            cluster.end(POD, 1)
            cluster.compact()
            cluster.wake()

        server.do(lose)
        assert (await seen(runtime, ENDED)).exit_code == 1
        assert server.cluster.calls.count(("list", "pods")) == 2

    play(server, test)


def test_a_server_that_does_not_answer(server: Server) -> None:
    async def test(runtime: KubernetesRuntime) -> None:
        await runtime.make(ONE, {})
        await seen(runtime, RUNNING)

        async def listen() -> None:
            async for _ in runtime.events():
                pass

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0.1)
        await asyncio.to_thread(server.stop)
        with pytest.raises(RuntimeUnavailable):
            await asyncio.wait_for(listening, 30)
        with pytest.raises(RuntimeUnavailable, match="Kubernetes"):
            await runtime.instances()
        with pytest.raises(RuntimeUnavailable, match="Kubernetes"):
            await runtime.send(ONE.name, {})

    play(server, test)


def test_a_controller_that_starts_again_finds_everything(server: Server) -> None:
    async def first(runtime: KubernetesRuntime) -> None:
        await runtime.make(ONE, run_file("a", "true"))

    async def second(runtime: KubernetesRuntime) -> None:
        await runtime.make(ONE, run_file("b", "true"))  # as a controller that was ended in between does
        assert (await seen(runtime, RUNNING)).name == ONE.name
        follower = Follower(runtime, ONE.name)
        await follower.hear("a", "exited")
        await follower.stop()

    play(server, first)
    play(server, second)


def test_nothing_of_a_cluster_is_left(server: Server) -> None:
    async def test(runtime: KubernetesRuntime) -> None:
        await runtime.make(ONE, {})
        await runtime.remove_cluster(CLUSTER)

    play(server, test)
    left = server.do(lambda cluster: {kind: list(found) for kind, found in cluster.objects.items()})
    assert left == {"pods": [], "secrets": [], "services": [], "nodes": ["m-1"]}


def test_machines_that_take_no_instances_do_not_count(server: Server) -> None:
    def prepare(cluster: Cluster) -> None:
        cluster.add_machine("cordoned", unschedulable=True)
        cluster.add_machine("control-plane", taints=[{"key": "c", "effect": "NoSchedule"}])
        cluster.add_machine("preferred", taints=[{"key": "c", "effect": "PreferNoSchedule"}])

    async def test(runtime: KubernetesRuntime) -> None:
        assert list(await runtime.capacity()) == [Machine(7964, 3)] * 2

    server.do(prepare)
    play(server, test)


def test_more_instances_than_connections_are_made_at_once(server: Server) -> None:
    many = [spec(number) for number in range(10, 160)]

    async def test(runtime: KubernetesRuntime) -> None:
        await asyncio.gather(*(runtime.make(each, {}) for each in many))
        await asyncio.gather(*(runtime.remove(each.name) for each in many))
        assert await runtime.instances() == []

    play(server, test)
    calls = server.do(lambda cluster: cluster.calls)
    assert calls.count(("create", "pods")) == calls.count(("delete", "pods")) == len(many)


def test_dead_connections_are_noticed(server: Server) -> None:
    """Watches and logs only read: TCP itself has to ask whether the other side is there."""
    config = KubeConfig.from_one(cluster=Endpoint(server=server.url)).get()
    assert config is not None

    async def body() -> list[int]:
        async with (
            httpx2.AsyncClient(transport=transport(config, 1)) as client,
            client.stream("GET", f"{server.url}/api/v1/nodes") as answer,
        ):
            found = answer.extensions["network_stream"].get_extra_info("socket")
            options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE)]
            options += [(socket.IPPROTO_TCP, getattr(socket, name)) for name in KEEP_ALIVE if hasattr(socket, name)]
            return [found.getsockopt(*each) for each in options]

    assert asyncio.run(body()) in ([1, *KEEP_ALIVE.values()], [1])
    idle, interval, count = KEEP_ALIVE.values()
    assert idle + interval * count <= 30


def test_other_installations_are_not_seen(server: Server) -> None:
    async def test(runtime: KubernetesRuntime) -> None:
        await runtime.make(ONE, {})
        await seen(runtime, RUNNING)

        def relabel(cluster: Cluster) -> None:
            cluster.find("pods", POD)["metadata"]["labels"]["localemr.installation"] = "other"

        server.do(relabel)
        assert await made(server).instances() == []

    play(server, test)


@pytest.mark.parametrize("name", ["Default", "a_b", "1a", "a-", "a" * 31])
def test_an_installation_must_fit_names_of_objects(name: str) -> None:
    with pytest.raises(ValueError, match="LOCALEMR_INSTALLATION"):
        Namer(name)


def test_a_pod_passes_the_baseline_of_pod_security() -> None:
    """The fields that the standard `baseline` restricts are not there, nor any right in Kubernetes."""
    manifest = pod(Namer("i"), spec(peers=("ip-10-213-199-10.ec2.internal",)), "u", "image", Sizes())
    found = manifest["spec"]
    assert not {"hostNetwork", "hostPID", "hostIPC", "securityContext", "serviceAccountName"} & found.keys()
    (container,) = found["containers"]
    assert not {"securityContext", "lifecycle"} & container.keys()
    assert not any("hostPort" in each for each in container["ports"])
    assert [set(each) for each in found["volumes"]] == [{"name", "secret"}]
    assert (found["automountServiceAccountToken"], found["enableServiceLinks"]) == (False, False)
    assert all(each["tolerationSeconds"] == 0 for each in found["tolerations"])


def test_full_names_are_looked_up_as_they_are() -> None:
    found = pod(Namer("i"), ONE, "u", "image", Sizes())["spec"]
    assert found["dnsConfig"] == {"options": [{"name": "ndots", "value": "1"}]}


def test_memory_is_reserved_and_processors_in_part() -> None:
    (container,) = pod(Namer("i"), ONE, "u", "image", Sizes(0.25))["spec"]["containers"]
    assert container["resources"] == {
        "limits": {"memory": "256Mi", "cpu": "1000m"},
        "requests": {"memory": "256Mi", "cpu": "250m"},
    }


def test_the_same_files_give_the_same_secret() -> None:
    first = secret(Namer("i"), ONE, "u", {"/a": File("text")})
    assert first == secret(Namer("i"), ONE, "u", {"/a": File("text")})
    assert first["metadata"]["ownerReferences"][0]["name"] == f"i-{CLUSTER.lower()}"


@pytest.mark.parametrize(
    ("text", "value"), [("250m", 0.25), ("2", 2), ("1900Mi", 1900 * 2**20), ("16Gi", 2**34), ("1k", 1000), ("1.5", 1.5)]
)
def test_quantities(text: str, value: float) -> None:
    assert quantity(text) == value
