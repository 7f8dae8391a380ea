"""Host names of pages: they spell where a page is, and lead there from where the controller was reached."""

from __future__ import annotations

import pytest

from localemr.domain.model.names import private_dns
from localemr.webui.addresses import Domains, Place, short_name

CLUSTER = "j-2AXXXXXXJAPLJ"


@pytest.mark.parametrize("region", ["us-east-1", "ap-southeast-2"])
@pytest.mark.parametrize("port", [80, 65535])
def test_a_place_is_read_back_from_its_host_name(region: str, port: int) -> None:
    place = Place(CLUSTER, short_name(private_dns("255.213.100.111", region)), port)
    assert len(place.label) <= 63
    assert place.label == place.label.lower()
    for domains, name in (
        (Domains(), f"{place.label}.localhost"),
        (Domains("Pages.Example.com."), f"{place.label}.localhost"),
        (Domains("Pages.Example.com."), f"{place.label}.pages.example.com"),
    ):
        assert domains.place(name) == place
        assert domains.site(name) == CLUSTER


@pytest.mark.parametrize(
    "name",
    ["localhost", "x.localhost", "j-2axxxxxxjaplj--ip.localhost", "j-2axxxxxxjaplj--ip--80.pages.lan", "127.0.0.1",
     "a.j-2axxxxxxjaplj--ip--80.localhost", "j-2axxxxxxjaplj--ip--80.localhost.evil.example",
     "j-2axxxxxxjaplj--ip--800000.localhost", "j-1--ip--80.localhost", "j-2axxxxxxjaplj----80.localhost"],
)  # fmt: skip
def test_other_hosts_are_no_pages(name: str) -> None:
    assert Domains().place(name) is None


def test_addresses_and_names_as_labels() -> None:
    assert short_name("10.213.0.11") == "10-213-0-11"
    assert short_name("IP-10-213-0-11.eu-west-1.compute.internal") == "ip-10-213-0-11"


@pytest.mark.parametrize(
    ("own", "netloc", "suffix"),
    [
        ("", "127.0.0.1:4577", ".localhost:4577"),
        ("", "localhost", ".localhost"),
        ("", "[::1]:80", ".localhost:80"),
        ("", "server.lan:4577", None),
        ("", "192.168.1.5:4577", None),
        ("pages.lan", "server.lan:4577", ".pages.lan:4577"),
        ("pages.lan", "127.0.0.1:4577", ".localhost:4577"),
        ("pages.lan", "j-2axxxxxxjaplj--ip--80.pages.lan:1", ".pages.lan:1"),
        ("pages.lan", "j-2axxxxxxjaplj--ip--80.localhost:1", ".localhost:1"),
        ("pages.lan", "bad host", None),
    ],
)
def test_where_pages_are_for_a_client(own: str, netloc: str, suffix: str | None) -> None:
    assert Domains(own).suffix(netloc) == suffix
