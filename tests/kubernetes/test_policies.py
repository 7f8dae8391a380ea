"""Who reaches whom on the small Kubernetes, where NetworkPolicies have effect (filters.py).

It shares the cluster of test_installation.py.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from localemr.images.pulled import image_for
from tests.kubernetes.installation import NAMESPACE, in_namespace, kubectl
from tests.kubernetes.whole import Whole

pytestmark = [
    pytest.mark.skipif("LOCALEMR_TEST_SMALL" not in os.environ, reason="it names no small Kubernetes"),
    pytest.mark.timeout(600),
]
OTHER = "localemr-other"
"""A namespace that LocalEMR has nothing to do with."""
CONNECT = """\
import json, socket, sys
reached = []
for name, (host, port) in json.loads(sys.argv[1]).items():
    try:
        with socket.create_connection((host, port), 5) as made:
            made.settimeout(1)
            try:
                closed = made.recv(1) == b""  # a Service whose pod refuses
            except TimeoutError:
                closed = False
        if not closed:
            reached.append(name)
    except OSError:
        pass
print(json.dumps(reached))
"""
PODS = {"s3", "catalog", "controller"}
SERVICES = {"s3's Service", "controller's Service"}


def reached(namespace: str, pod: str, places: Mapping[str, tuple[str, int]]) -> set[str]:
    """The places that a pod can connect to."""
    command = ["-n", namespace, "exec", pod, "--", "python3", "-c", CONNECT, json.dumps(places)]
    return set(json.loads(kubectl(*command)))


@contextmanager
def stranger(namespace: str) -> Iterator[str]:
    """A pod that is no part of LocalEMR."""
    image, options = image_for("emr-7.13.0").reference, ["--image-pull-policy=IfNotPresent", "--command"]
    kubectl("-n", namespace, "run", "stranger", "--image", image, *options, "--", "sleep", "3600")
    try:
        kubectl("-n", namespace, "wait", "--for=condition=Ready", "pod/stranger", "--timeout=120s")
        yield "stranger"
    finally:
        kubectl("-n", namespace, "delete", "pod", "stranger", "--grace-period=0", "--force")


def test_who_reaches_whom(whole: Whole) -> None:
    pods = json.loads(in_namespace("get", "pods", "-o", "json"))["items"]
    of_app = {each["metadata"]["labels"].get("app", ""): each for each in pods}
    instances = [each for each in pods if each["metadata"]["labels"].get("localemr.instance")]
    (master,) = [each for each in instances if each["metadata"]["annotations"]["localemr.note/role"] == "MASTER"]
    core = next(each for each in instances if each is not master)
    ports = {"s3": 9000, "catalog": 9083, "controller": 4577}
    places = {name: (of_app[name]["status"]["podIP"], port) for name, port in ports.items()}
    places["master"] = master["status"]["podIP"], 8088
    for name in ("s3", "controller"):
        address = in_namespace("get", "service", name, "-o", "jsonpath={.spec.clusterIP}")
        places[f"{name}'s Service"] = address, ports[name]

    assert reached(NAMESPACE, core["metadata"]["name"], places) == PODS | SERVICES | {"master"}
    controller, catalog = (of_app[name]["metadata"]["name"] for name in ("controller", "catalog"))
    assert reached(NAMESPACE, controller, places) >= {"s3", "catalog", "s3's Service", "master"}
    assert reached(NAMESPACE, catalog, places) >= {"s3", "s3's Service"}
    assert not reached(NAMESPACE, catalog, places) & {"controller", "controller's Service", "master"}
    with stranger(NAMESPACE) as pod:
        assert reached(NAMESPACE, pod, places) == set()
    kubectl("create", "namespace", OTHER)
    try:
        with stranger(OTHER) as pod:
            assert reached(OTHER, pod, places) == set()
    finally:
        kubectl("delete", "namespace", OTHER, "--wait=false")
