"""Which hosts are the controller's, and which origins belong to a host."""

from __future__ import annotations

import pytest

from localemr.door.hosts import Hosts, host_name


@pytest.mark.parametrize(("netloc", "name"), [
    ("localhost", "localhost"), ("LOCALHOST.:4577", "localhost"), ("[::1]:80", "[::1]"), ("a-b.c_d:1", "a-b.c_d"),
    ("a:b", None), ("a:123456", None), ("user@a", None), ("a/b", None), ("", None), (" a", None), ("[x]", None),
    ("[::1", None), (".", None), ("a" * 264, None),
])  # fmt: skip
def test_the_name_of_a_host_header(netloc: str, name: str | None) -> None:
    assert host_name(netloc) == name


def test_names_that_settings_add() -> None:
    hosts = Hosts(["server.lan", " .Example.com ", ""])
    for netloc in ("server.lan:4577", "emr.example.com", "a.b.example.com:80", "a.localhost", "10.0.0.1", "[fe80::1]"):
        assert hosts.accept(netloc), netloc
    for netloc in ("example.com", "server.lan.evil.example", "notexample.com", "s3", "lan"):
        assert not hosts.accept(netloc), netloc


def test_names_of_one_label_where_callers_sign() -> None:
    assert Hosts(one_label=True).accept("emr:4577")
    assert not Hosts(one_label=True).accept("evil.example")


def test_pages_of_a_site_may_call_each_other() -> None:
    hosts = Hosts(page=lambda name: name.split("-")[0] if name.endswith(".pages.lan") else None)
    assert hosts.accept("a-1.pages.lan:4577")
    assert hosts.same_site("http://a-1.pages.lan:4577", "a-2.pages.lan:4577")
    assert hosts.same_site("http://127.0.0.1:4577", "127.0.0.1:4577")
    for origin, host in (
        ("http://a-1.pages.lan", "b-1.pages.lan"),
        ("http://a-1.pages.lan", "127.0.0.1"),
        ("http://127.0.0.1", "a-1.pages.lan"),
        ("null", "a-1.pages.lan"),
        ("", ""),
        ("null", "null"),
    ):
        assert not hosts.same_site(origin, host), (origin, host)
