"""The runtime on Docker keeps to what every runtime has to do. Its instances run nothing but their supervisor."""

from __future__ import annotations

import asyncio
from typing import Any

import docker
import pytest

from localemr.images.plan import reference
from localemr.runtime.base import RUNNING, Runtime
from localemr.runtime.docker import DockerRuntime
from localemr.runtime.docker_network import Networks
from tests.images import Images, whole_node
from tests.runtime_contract import CLUSTER, HOSTS, RuntimeContract, run_file, spec

INSTALLATION = "contract"
POOL = "10.213.192.0/21"


def container(name: str) -> Any:
    return docker.from_env().containers.get(f"localemr-{INSTALLATION}-{name}")


class TestDockerRuntime(RuntimeContract):
    def make(self) -> Runtime:
        return DockerRuntime(INSTALLATION, Images(whole_node), Networks(POOL, {}))

    async def kill(self, runtime: Runtime, name: str) -> None:
        container(name).kill()

    async def cut(self, runtime: Runtime, name: str) -> None:
        """Cut the log as an administrator does to free disk space. Only root on the daemon's machine can."""
        path = container(name).attrs["LogPath"]
        try:
            with open(path, "w"):
                pass
        except OSError:
            pytest.skip("the daemon's files cannot be reached")

    def test_members_know_each_other_by_name_and_the_master_before_it_runs(self) -> None:
        async def test(runtime: Runtime) -> None:
            master, worker = spec(10), spec(11, ("ip-10-213-199-10.ec2.internal",))
            await self._up(runtime, worker)
            code, out = container(worker.name).exec_run(["getent", "hosts", master.host])
            assert code == 0 and out.split()[0] == b"10.213.199.10"
            await runtime.make(master, {})
            await self._running(runtime, master.name)
            for each, other in ((master, worker), (worker, master)):
                code, out = container(each.name).exec_run(["getent", "hosts", other.host.split(".")[0]])
                assert code == 0, out

        self.play(test)

    def test_where_the_range_of_the_names_is_taken_everything_works_with_another(self) -> None:
        async def test(runtime: Runtime) -> None:
            client = docker.from_env()
            pool = docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet=HOSTS)])
            taken = client.networks.create("localemr-contract-taken", driver="bridge", ipam=pool)
            try:
                master, worker = spec(10), spec(11, ("ip-10-213-199-10.ec2.internal",))
                await self._up(runtime, worker, master)
                address = (await self._running(runtime, master.name)).address
                assert address and address.endswith(".10") and address != "10.213.199.10"
                code, out = container(worker.name).exec_run(["getent", "hosts", master.host])
                assert code == 0 and out.split()[0] == address.encode()
                async with self.following(runtime, worker.name) as follower:
                    await runtime.send(worker.name, run_file("a", "true"))
                    await follower.hear("a", "exited")
            finally:
                taken.remove()

        self.play(test)

    def test_a_service_that_was_made_anew_is_attached_again(self) -> None:
        """MinIO, for one, with a new image under a running cluster."""
        client = docker.from_env()
        options = {"entrypoint": "sleep", "command": ["600"], "name": "localemr-contract-service", "detach": True}
        image = reference("node", "emr-7.13.0")

        async def test() -> None:
            networks = Networks(POOL, {"s3": "localemr-contract-service"})
            runtime = DockerRuntime(INSTALLATION, Images(whole_node), networks)
            service = client.containers.run(image, **options)
            try:
                await runtime.ensure_cluster(CLUSTER, {}, HOSTS, {"s3"})
                service.remove(force=True)
                service = client.containers.run(image, **options)
                seen = await runtime.cluster(CLUSTER, {"s3"})
                assert seen is not None and seen.detached == {"s3"}
                await runtime.ensure_cluster(CLUSTER, {}, HOSTS, {"s3"})
                one = spec()
                await runtime.make(one, {})
                assert container(one.name).exec_run(["getent", "hosts", "s3"]).exit_code == 0
            finally:
                service.remove(force=True)
                for each in await runtime.instances(CLUSTER):
                    await runtime.remove(each.name)
                await runtime.remove_cluster(CLUSTER)
                await runtime.close()

        asyncio.run(test())

    def test_following_takes_no_threads(self) -> None:
        async def test(runtime: Runtime) -> None:
            import threading

            specs = [spec(number) for number in range(10, 14)]
            await self._up(runtime, *specs)
            before = threading.active_count()
            async with self.following(runtime, specs[0].name) as one, self.following(runtime, specs[1].name) as two:
                await runtime.send(specs[0].name, run_file("a", "true"))
                await runtime.send(specs[1].name, run_file("a", "true"))
                await one.hear("a", "exited")
                await two.hear("a", "exited")
                assert threading.active_count() <= before
            assert all(each.state == RUNNING for each in await runtime.instances(CLUSTER))

        self.play(test)
