"""An application and a release label that another package brings (tests/outside), on a real cluster: image, daemon,
classification, contributions, web page, check, logs, and how a failure is explained. Its image is missing before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localemr.images import plan
from tests.cluster.installation import FIRST_RANGE, Installation, cluster_request, wait_for, worker

ROOT = Path(__file__).parents[2]
LABEL = "emr-7.99.0"


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation whose processes have the package on their path."""
    subject = Installation(tmp_path_factory.mktemp("outside"))
    paths = [str(ROOT), str(ROOT / "tests" / "outside"), os.environ.get("PYTHONPATH", "")]
    subject.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    subject.environ["LOCALEMR_MEMORY_SCALE"] = "0.1875"  # so little that the daemons decide what YARN has
    subject.environ["LOCALEMR_SUBNETS"] = f"10.{FIRST_RANGE + 16 + worker()}.0.0/16"
    try:
        subject.localemr("up")
        yield subject
    finally:
        subprocess.run([sys.executable, "-m", "localemr", "down"], env=subject.environ, check=False)
        subject.docker.close()


@pytest.fixture(scope="module")
def cluster_id(outside: Installation) -> Iterator[str]:
    """A master and a core instance, whose image is built while they wait for it."""
    label = {"label": f"{plan.RELEASE}={LABEL}"}
    for image in outside.docker.images.list(filters=label):
        outside.docker.images.remove(image.id, force=True)
    greeting = {"Classification": "greeter", "Properties": {"greeting": "grüß Gott"}}
    request = cluster_request(
        "outside", ReleaseLabel=LABEL, Applications=[{"Name": "Greeter"}], Configurations=[greeting]
    )
    for group in request["Instances"]["InstanceGroups"]:
        group["InstanceType"] = "c5.xlarge"

    def progress(made: str) -> bool:
        reason = outside.cluster(made)["Status"]["StateChangeReason"].get("Message", "")
        return f"Preparing the image of {LABEL} with Hadoop, Greeter: " in reason and "node: step" in reason

    with outside.running(request, lambda made: wait_for("the progress", lambda: progress(made))) as made:
        yield made
    # All that lies below it was there, and stays.
    assert len(outside.docker.images.list(filters=label)) >= 1


def greeting(outside: Installation, cluster_id: str, role: str) -> dict[str, Any]:
    """What the application's page says, as its users on the host see it."""
    lines = outside.localemr("status").splitlines()
    instances = {each.labels["localemr.instance"] for each in outside.containers(cluster_id, role)}
    (line,) = [line for line in lines if "Greeter" in line and any(each in line for each in instances)]
    url = next(word for word in line.split() if word.startswith("http"))
    with urllib.request.urlopen(url, timeout=30) as answer:
        return dict(json.load(answer))


@pytest.mark.parametrize("role", ["MASTER", "CORE"])
def test_its_daemon_serves_its_page_on_each_instance(outside: Installation, cluster_id: str, role: str) -> None:
    page = greeting(outside, cluster_id, role)
    (container,) = outside.containers(cluster_id, role)
    assert page["greeting"] == "gr\\u00fc\\u00df Gott"
    assert page["facts"] == [LABEL, "1.0", "17", "c5.xlarge"]
    assert page["node"].startswith(f"{container.labels['localemr.instance']}#")
    assert page["host"] in outside.run_in(container, "hostname", "-f")


def test_what_it_contributes_is_in_hadoops_files(outside: Installation, cluster_id: str) -> None:
    (core,) = outside.containers(cluster_id, "CORE")
    assert "hadoop.proxyuser.greeter.hosts" in outside.run_in(core, "cat", "/etc/hadoop/conf/core-site.xml")
    # The daemons leave YARN what the application does not take: 1536 - 384 - 512.
    assert ">640<" in outside.run_in(core, "cat", "/etc/hadoop/conf/yarn-site.xml")


def test_its_words_explain_a_failed_step_and_its_logs_are_sent(outside: Installation, cluster_id: str) -> None:
    step_id = outside.add_step(cluster_id, "bash", "-c", "echo 'greeter says: nobody to greet' >&2; exit 1")
    details = outside.wait_step(cluster_id, step_id, "FAILED")["FailureDetails"]
    assert (details["Reason"], details["Message"]) == ("File not found.", "nobody to greet")
    names = [f"applications/greeter/{name}" for name in ("greeter-server.out.gz",)]
    wait_for("the daemons' logs", lambda: len([key for key in outside.keys(cluster_id) if key.endswith(names[0])]) == 2)
