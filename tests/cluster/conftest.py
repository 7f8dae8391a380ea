"""One installation for the whole run of tests; everything with its label is removed at the end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.installation import SCRIPTS, Installation, cluster_request
from tests.time_limit import OPTION, rotated
from tests.waiting import LIMIT

SHARED = ("shared", "hive")
"""Fixtures with clusters that several files use; a file uses one of them."""


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Everything in this folder needs containers, and more time than other tests.

    With several workers (pytest-xdist), one has all files that share a cluster, so that none is started twice. These
    begin: they take longest. A file that starts its own is for the worker that is free.
    """
    here = [item for item in items if Path(item.fspath).is_relative_to(Path(__file__).parent)]
    sharing = {item.fspath: name for item in here for name in SHARED if name in getattr(item, "fixturenames", ())}
    groups = {item: sharing.get(item.fspath, Path(item.fspath).stem) for item in here}
    for item, group in groups.items():
        item.add_marker(pytest.mark.cluster)
        item.add_marker(pytest.mark.timeout(LIMIT))
        item.add_marker(pytest.mark.xdist_group(group))
    names = sorted(dict.fromkeys(groups.values()), key=lambda name: name not in SHARED)
    order = rotated(names, config.getoption(OPTION))
    items.sort(key=lambda item: order.index(groups[item]) if item in groups else len(order))


@pytest.fixture(scope="session")
def installation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """LocalEMR, up; everything with its label is removed afterwards, also when it did not come up."""
    if getattr(request.config.option, "loadgroup", False):
        marked = [each for each in request.session.items if each.get_closest_marker("xdist_group")]
        assert all("@" in each.nodeid for each in marked), "pytest-xdist did not see the groups"
    subject = Installation(tmp_path_factory.mktemp("localemr"))
    try:
        subject.localemr("up")
        subject.s3.create_bucket(Bucket="data")
        for script in SCRIPTS.iterdir():
            subject.s3.upload_file(str(script), "data", f"scripts/{script.name}")
        yield subject
        subject.localemr("down")
        label = f"localemr.installation={subject.name}"
        assert not subject.docker.containers.list(all=True, filters={"label": label})
        assert not subject.docker.networks.list(filters={"label": label})
        assert not subject.docker.volumes.list(filters={"label": label})
    finally:
        subprocess.run([sys.executable, "-m", "localemr", "down"], env=subject.environ, check=False)
        subject.docker.close()


def bootstrap_actions() -> list[dict[str, Any]]:
    """From S3, from the local disk (it needs what the first one wrote), and on the master only."""
    run_if = "s3://elasticmapreduce/bootstrap-actions/run-if"
    actions = {
        "mark": ("s3://data/scripts/mark.sh", ["left", "right"]),
        "copy": ("file:///bin/cp", ["/tmp/bootstrap-mark", "/tmp/bootstrap-copy"]),
        "master": (run_if, ["instance.isMaster=true", "echo the master > /tmp/bootstrap-master"]),
        "others": (run_if, ["instance.isMaster=false", "touch", "/tmp/bootstrap-other"]),
    }
    return [
        {"Name": name, "ScriptBootstrapAction": {"Path": path, "Args": args}} for name, (path, args) in actions.items()
    ]


@pytest.fixture(scope="session")
def shared(installation: Installation) -> Iterator[str]:
    """Id of a cluster with a master, a core and a task instance that the tests of this run share, in any order.

    No test ends it, or leaves it other than it was. It ends with the run.
    """
    request = cluster_request("shared", task=1, BootstrapActions=bootstrap_actions())
    request["Configurations"] = [{"Classification": "hdfs-site", "Properties": {"dfs.blocksize": "67108864"}}]
    with installation.running(request) as cluster_id:
        yield cluster_id
