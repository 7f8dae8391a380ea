"""The files in kubernetes/: what the controller may do is what it does, and what they name exists."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from localemr.cli.kustomize import NAMESPACE, component
from localemr.images import plan
from localemr.installation.s3_names import domains
from localemr.runtime.kubernetes.manifests import Namer, Sizes, pod
from localemr.settings import Settings
from tests.kubernetes_api import Server
from tests.runtime_contract import CLUSTER, HOSTS, Follower, run_file, spec
from tests.unit.test_kubernetes_contract import made

ROOT = Path(__file__).parents[2] / "kubernetes"
BASE = ROOT / "base"
S3 = f"s3.{NAMESPACE}.svc.cluster.local"


def objects(kind: str = "") -> list[dict[str, Any]]:
    """The objects of the base, of a kind."""
    names = yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]
    found = [each for name in names for each in yaml.safe_load_all((BASE / name).read_text())]
    return [each for each in found if kind in ("", each["kind"])]


def settings() -> dict[str, str]:
    """The variables of settings.env."""
    rows = [line for line in (BASE / "settings.env").read_text().splitlines() if line and not line.startswith("#")]
    return dict(row.split("=", 1) for row in rows)


def templates() -> Iterator[tuple[str, dict[str, Any]]]:
    """The pods of the base, by the name of what makes them."""
    for each in (*objects("Deployment"), *objects("StatefulSet")):
        yield each["metadata"]["name"], each["spec"]["template"]


def allowed() -> set[tuple[str, str]]:
    """Verbs and resources of all rules."""
    rules = [rule for each in (*objects("Role"), *objects("ClusterRole")) for rule in each["rules"]]
    assert all(rule["apiGroups"] == [""] and "resourceNames" not in rule for rule in rules)
    return {(verb, resource) for rule in rules for verb in rule["verbs"] for resource in rule["resources"]}


def test_the_controller_may_do_what_it_does_and_nothing_else() -> None:
    """Every verb of the runtime, and what a second controller of the same cluster does."""
    one = spec()

    async def calls(server: Server) -> None:
        for _ in range(2):
            runtime = made(server)
            assert await runtime.cluster("j-OTHER", ()) is None
            await runtime.ensure_cluster(CLUSTER, {}, HOSTS, ())
            await runtime.make(one, run_file("a", "true"))
            await runtime.capacity()
            follower = Follower(runtime, one.name)
            await follower.hear("a", "exited")
            await runtime.send(one.name, run_file("b", "true"))
            await follower.hear("b", "exited")
            await follower.stop()
            await runtime.close()
        runtime = made(server)
        await runtime.instances()
        await runtime.remove(one.name)
        await runtime.remove_cluster(CLUSTER)
        await runtime.close()

    with Server() as server:
        asyncio.run(calls(server))
        assert set(server.cluster.calls) == allowed()


def test_machines_are_all_that_is_seen_outside_the_namespace() -> None:
    (role,) = objects("ClusterRole")
    assert [rule["resources"] for rule in role["rules"]] == [["nodes"]]
    (binding,) = objects("ClusterRoleBinding")
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "controller", "namespace": NAMESPACE}]


def test_there_is_one_controller_at_a_time() -> None:
    (deployment,) = objects("Deployment")
    assert (deployment["spec"]["replicas"], deployment["spec"]["strategy"]) == (1, {"type": "Recreate"})


def test_only_the_controller_has_a_token() -> None:
    with_token = [name for name, each in templates() if each["spec"]["automountServiceAccountToken"]]
    assert with_token == ["controller"]


def test_no_pod_asks_for_more_than_the_baseline() -> None:
    (namespace,) = objects("Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "baseline"
    for _, each in templates():
        assert not {"hostNetwork", "hostPID", "hostIPC"} & each["spec"].keys()
        for container in (*each["spec"]["containers"], *each["spec"].get("initContainers", ())):
            security = container.get("securityContext", {})
            assert not security.get("privileged") and not security.get("capabilities", {}).get("add")


def test_images_are_those_that_are_built() -> None:
    used = {each["image"] for _, pod in templates() for each in pod["spec"]["containers"]}
    built = (*plan.services(), plan.controller(), plan.catalog())
    assert used == {each.reference.partition(":")[0].removesuffix(plan.TRUSTING) for each in built}


def test_settings_exist_and_lead_to_services() -> None:
    found = settings()
    assert found.pop("MINIO_DOMAIN") == ",".join([S3, *domains("s3")])
    read = Settings.read({**found, "LOCALEMR_CATALOG_ENDPOINT": "catalog:9083"})
    assert {f"LOCALEMR_{name.upper()}" for name in vars(read)} >= found.keys()
    services = {each["metadata"]["name"]: each["spec"]["ports"][0]["port"] for each in objects("Service")}
    assert services == {"controller": read.port, "s3": 9000, "catalog": 9083}
    assert (read.s3_endpoint, read.node_s3_endpoint) == ("http://s3:9000", f"http://{S3}:9000")
    assert read.catalog_address == ("catalog", 9083)
    assert read.node_endpoint == f"http://controller.{NAMESPACE}.svc.cluster.local:{read.port}"
    assert "controller." + S3.removeprefix("s3.") in read.allowed_hosts.split(",")


def fits(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a pod with these labels is selected."""
    exist = (each["key"] in labels for each in selector.get("matchExpressions", ()))
    return all(exist) and selector.get("matchLabels", {}).items() <= labels.items()


@pytest.mark.parametrize(
    ("source", "target", "port", "permitted"),
    [
        ("instance", "instance", 8020, True),
        ("instance", "s3", 9000, True),
        ("instance", "s3", 9001, False),
        ("instance", "catalog", 9083, True),
        ("instance", "controller", 4577, True),
        ("controller", "instance", 8088, True),
        ("controller", "s3", 9000, True),
        ("catalog", "s3", 9000, True),
        ("catalog", "instance", 8020, False),
        ("s3", "controller", 4577, False),
        ("stranger", "instance", 8088, False),
        ("stranger", "controller", 4577, False),
    ],
)
def test_who_talks_to_whom(source: str, target: str, port: int, permitted: bool) -> None:
    labels = {name: each["metadata"]["labels"] for name, each in templates()}
    labels |= {"instance": pod(Namer("i"), spec(), "u", "image", Sizes())["metadata"]["labels"], "stranger": {}}
    policies = [each["spec"] for each in objects("NetworkPolicy") if fits(each["spec"]["podSelector"], labels[target])]
    assert policies, "a policy selects every pod"
    rules = [rule for each in policies for rule in each.get("ingress", ())]
    found = any(
        port in [each["port"] for each in rule.get("ports", [{"port": port}])]
        and any(fits(each["podSelector"], labels[source]) for each in rule["from"])
        for rule in rules
    )
    assert found == permitted


def test_the_metadata_of_a_clouds_machines_is_not_reached() -> None:
    (policy,) = [each for each in objects("NetworkPolicy") if each["metadata"]["name"] == "instances"]
    (block,) = [to["ipBlock"] for rule in policy["spec"]["egress"] for to in rule.get("to", ()) if "ipBlock" in to]
    assert block["except"] == ["169.254.0.0/16"]


def test_a_component_gives_images_their_tags_and_a_registry() -> None:
    found = yaml.safe_load(component(["localemr/minio:123456789012"], "registry.example.com/team"))
    assert found["images"] == [
        {"name": "localemr/minio", "newName": "registry.example.com/team/localemr/minio", "newTag": "123456789012"}
    ]
    assert found["configMapGenerator"][0]["literals"] == ["LOCALEMR_REGISTRY=registry.example.com/team"]
    assert yaml.safe_load(component(["localemr/minio:1"], ""))["images"][0]["newName"] == "localemr/minio"


@pytest.mark.parametrize("overlay", sorted(each.name for each in (ROOT / "overlays").iterdir()))
def test_overlays_name_what_is_there(overlay: str) -> None:
    folder = ROOT / "overlays" / overlay
    found = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert [(folder / each).resolve() for each in found["resources"]] == [BASE]
    assert [(folder / each).resolve() for each in found["components"]] == [ROOT / "images"], "written by the command"
    names = {(each["kind"], each["metadata"]["name"]) for each in objects()}
    patched = [yaml.safe_load(each["patch"]) for each in found.get("patches", ())]
    assert {(each["kind"], each["metadata"]["name"]) for each in patched} <= names
