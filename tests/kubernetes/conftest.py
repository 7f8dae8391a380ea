"""The installation and the cluster that the tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.kubernetes.installation import CONTROLLER, NAMESPACE, S3, apply, delete, forwarded, kubectl
from tests.kubernetes.whole import Whole


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """An installation with a cluster, which is removed at last."""
    os.environ["KUBECONFIG"] = os.environ["LOCALEMR_TEST_KUBECONFIG"]
    folder = tmp_path_factory.mktemp("overlay")
    machines = kubectl("get", "nodes", "-o", "name").split()
    # The installation's own pods are on the first machine: another one is switched off.
    for each in machines[1:]:
        kubectl("cordon", each)
    apply(folder)
    for each in machines[1:]:
        kubectl("uncordon", each)
    with forwarded("controller", f"{CONTROLLER}:4577"), forwarded("s3", f"{S3}:9000"):
        found = Whole(f"http://127.0.0.1:{CONTROLLER}", f"http://127.0.0.1:{S3}")
        found.start()
        yield found
        found.end()
    delete(folder)
    left = kubectl("get", "namespaces", "-o", "name")
    assert f"namespace/{NAMESPACE}" not in left.split()
