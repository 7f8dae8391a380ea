"""Where the controller listens, and its URL for instances of clusters."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import pytest

from localemr.installation.listening import node_address, node_endpoint, sockets
from localemr.problem import Problem
from localemr.settings import Settings

HOST = Settings(port=4577)


class FakeContainers:
    """The part of `Containers` that is used."""

    name = "localemr-default"

    def __init__(self, *pools: dict[str, Any]) -> None:
        self.pools = list(pools)
        self.made = False

    def ensure_network(self) -> None:
        self.made = True

    def network_pools(self) -> list[dict[str, Any]]:
        assert self.made
        return self.pools


def test_on_kubernetes_instances_need_the_controllers_url() -> None:
    inside = Settings(runtime="kubernetes", host="0.0.0.0")
    assert (node_address(inside), node_endpoint(inside, "")) == ("", "")
    assert node_endpoint(replace(inside, node_endpoint="http://controller:4577"), "") == "http://controller:4577"


def found(settings: Settings, *pools: dict[str, Any]) -> str:
    return node_address(settings, lambda _: FakeContainers(*pools))  # type: ignore[arg-type,return-value]


def test_a_controller_on_loopback_gets_an_address_for_instances() -> None:
    assert found(HOST, {"Subnet": "fd00::/64"}, {"Subnet": "172.20.0.0/16", "Gateway": "172.20.0.7"}) == "172.20.0.7"
    assert found(HOST, {"Subnet": "172.20.0.0/16"}) == "172.20.0.1"


def test_others_need_none() -> None:
    for settings in (
        replace(HOST, runtime="memory"),
        replace(HOST, host="0.0.0.0"),
        replace(HOST, node_endpoint="off"),
        replace(HOST, node_endpoint="http://emr.example.com"),
    ):
        assert found(settings, {"Subnet": "172.20.0.0/16"}) == ""


def test_without_docker_the_controller_starts_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    def away(_: Settings) -> Any:
        raise Problem("no Docker daemon answers")

    assert node_address(HOST, away) == ""
    assert "instances will not reach the controller: no Docker daemon answers" in caplog.text
    assert found(HOST) == ""


@pytest.mark.parametrize(
    ("settings", "address", "url"),
    [
        (HOST, "172.20.0.1", "http://172.20.0.1:4577"),
        (HOST, "", ""),
        (replace(HOST, host="0.0.0.0"), "", "http://{gateway}:4577"),
        (replace(HOST, host="::"), "", "http://{gateway}:4577"),
        (replace(HOST, host="192.168.1.5"), "", "http://192.168.1.5:4577"),
        (replace(HOST, host="0.0.0.0", controller_container="c"), "", "http://controller:4577"),
        (replace(HOST, node_endpoint="http://emr.example.com"), "", "http://emr.example.com"),
        (replace(HOST, node_endpoint="off"), "", ""),
    ],
)
def test_the_url_for_instances(settings: Settings, address: str, url: str) -> None:
    assert node_endpoint(settings, address) == url


def test_sockets() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings = Settings(port=probe.getsockname()[1])
    made = sockets(settings, "127.0.0.2")
    try:
        assert [each.getsockname() for each in made] == [("127.0.0.1", settings.port), ("127.0.0.2", settings.port)]
        assert all(each.proto == socket.IPPROTO_TCP for each in made)
        with pytest.raises(OSError):
            sockets(settings, "")
    finally:
        for each in made:
            each.close()


def test_an_address_that_does_not_exist_costs_the_instances_alone(caplog: pytest.LogCaptureFixture) -> None:
    (only,) = sockets(Settings(port=0), "192.0.2.1")
    only.close()
    assert "instances will not reach the controller at 192.0.2.1" in caplog.text
