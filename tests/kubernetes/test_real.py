"""The contract of runtimes on the Kubernetes of LOCALEMR_TEST_KUBECONFIG, in the namespace of its context.

It is no part of `make test`: README.md has the commands. Its machines must have the image of the default release, or
LOCALEMR_TEST_REGISTRY names where they pull it from.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from lightkube import KubeConfig

from localemr.images.pulled import Pulled
from localemr.runtime.base import Runtime
from localemr.runtime.kubernetes.client import Client
from localemr.runtime.kubernetes.runtime import KubernetesRuntime
from tests.runtime_contract import RuntimeContract

KUBECONFIG = os.environ.get("LOCALEMR_TEST_KUBECONFIG", "")
INSTALLATION = "contract"

pytestmark = [
    pytest.mark.skipif(not KUBECONFIG, reason="LOCALEMR_TEST_KUBECONFIG names no Kubernetes"),
    pytest.mark.timeout(600),
]


def client() -> Client:
    """A connection by that file."""
    return Client(KubeConfig.from_file(Path(KUBECONFIG)).get())


class TestRealKubernetes(RuntimeContract):
    chooses_addresses = False

    def make(self) -> Runtime:
        return KubernetesRuntime(INSTALLATION, Pulled(os.environ.get("LOCALEMR_TEST_REGISTRY", "")), client)

    async def kill(self, runtime: Runtime, name: str) -> None:
        """From inside a pod its first process cannot be killed, so its machine must do it."""
        pytest.skip("needs a command on the machine")

    async def cut(self, runtime: Runtime, name: str) -> None:
        """Nothing: a log of this test is not rotated, and another controller reads none of what was before."""
        await asyncio.sleep(0)
