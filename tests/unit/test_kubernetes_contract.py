"""The runtime on Kubernetes keeps to what every runtime has to do, over an imitation of the API server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lightkube import KubeConfig
from lightkube.config.models import Cluster, User

from localemr.runtime.base import Runtime
from localemr.runtime.kubernetes.client import Client
from localemr.runtime.kubernetes.runtime import KubernetesRuntime, Options
from tests.images import Images
from tests.kubernetes_api import NAMESPACE, Server
from tests.runtime_contract import RuntimeContract


def connected(server: Server) -> Client:
    """A client of the imitation."""
    config = KubeConfig.from_one(cluster=Cluster(server=server.url), user=User(token="t"), namespace=NAMESPACE).get()
    return Client(config)


def made(server: Server, options: Options | None = None) -> KubernetesRuntime:
    """A runtime over the imitation."""
    return KubernetesRuntime("i", Images(), lambda: connected(server), options)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """An API server with one machine."""
    with Server() as found:
        if request.instance is not None:
            request.instance.server = found
        yield found


@pytest.mark.usefixtures("server")
class TestKubernetesRuntime(RuntimeContract):
    chooses_addresses = False
    server: Server

    def make(self) -> Runtime:
        return made(self.server)

    async def kill(self, runtime: Runtime, name: str) -> None:
        self.server.do(lambda cluster: cluster.end(f"i-{name.lower()}", 137))

    async def cut(self, runtime: Runtime, name: str) -> None:
        self.server.do(lambda cluster: cluster.insides[f"i-{name.lower()}"].log.rotate())
