"""What protects the web console: tokens, login, policy, cookies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from localemr.settings import Settings
from localemr.testing.memory import MemoryEmr
from localemr.testing.server import Server
from tests.contract.console_visitor import CREATED, Page, Visitor


def test_forms_without_the_sessions_token_have_no_effect(memory: MemoryEmr, visitor: Visitor) -> None:
    other = Visitor(memory.endpoint)
    foreign = other.get("/console/create").token
    other.close()
    for token in ("", "x", "é", foreign):
        page = visitor.send("/console/create", token=token, **CREATED)
        assert (page.status, "no token" in page.text) == (403, True)
    fresh = httpx.post(f"{memory.endpoint}/console/create", data=CREATED | {"token": foreign}, trust_env=False)
    assert fresh.status_code == 403
    assert memory.client().list_clusters()["Clusters"] == []


def test_the_policy_forbids_inline_code_and_frames(visitor: Visitor) -> None:
    for path in ("/", "/console/create", "/console/s3", "/console/static/console.js", "/console/clusters/x"):
        policy = visitor.get(path).answer.headers["content-security-policy"]
        assert "unsafe-inline" not in policy and "unsafe-eval" not in policy
        parts = dict(each.strip().split(" ", 1) for each in policy.split(";"))
        assert (parts["default-src"], parts["script-src"], parts["style-src"]) == ("'none'", "'self'", "'self'")
        assert (parts["frame-ancestors"], parts["form-action"], parts["base-uri"]) == ("'none'", "'self'", "'none'")


def test_everything_comes_from_the_package(visitor: Visitor) -> None:
    page = visitor.get("/console/create")
    loaded = [given.get("src") or given["href"] for tag, given in page.tags if tag in ("script", "link")]
    answers = [visitor.client.get(each) for each in loaded]
    assert [each.status_code for each in answers] == [200] * 3
    assert sum(len(each.content) for each in answers) + len(page.answer.content) < 100_000
    assert visitor.get("/console/static/..%2froutes.py").status == 404
    assert visitor.get("/console/static/routes.py").status == 404


def test_the_cookie_is_for_this_site_and_no_script(visitor: Visitor) -> None:
    cookie = visitor.get("/").answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "domain" not in cookie
    assert "set-cookie" not in visitor.get("/").answer.headers


def test_a_link_on_another_site_keeps_the_session(visitor: Visitor) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    page = Page(visitor.client.get("/console/s3?x=%22%3E", headers=followed))
    assert "set-cookie" not in page.answer.headers
    assert ("a", {"href": "/console/s3?x=%22%3E"}) in page.tags


def with_keys(server: Server) -> Any:
    from localemr.app import Controller, new_app
    from localemr.clock import MovableClock
    from localemr.doors import behind_door
    from localemr.platforms import memory_platform

    settings = Settings(runtime="memory", access_keys="AKIAONE:first-secret,AKIATWO:second-secret")

    async def begin() -> Controller:
        controller = await Controller.open(settings, memory_platform(MovableClock()))
        app = new_app()
        controller.serve(app, settings.accepted_keys)
        server.app = behind_door(app, settings, lambda: controller)
        return controller

    return server.run(begin())


@pytest.fixture
def guarded(server: Server) -> Iterator[Visitor]:
    """A visitor of a controller whose callers have keys."""
    controller = with_keys(server)
    found = Visitor(f"http://127.0.0.1:{server.port}")
    yield found
    found.close()
    server.run(controller.close())


LOGIN = "/console/login"


def test_with_keys_pages_need_a_login(guarded: Visitor) -> None:
    away = guarded.get("/console/catalog?marker=1")
    assert (away.status, away.answer.headers["location"]) == (303, f"{LOGIN}?next=%2Fconsole%2Fcatalog%3Fmarker%3D1")
    assert guarded.client.get("/console/catalog", headers={"Accept": "*/*"}).status_code == 401
    assert guarded.client.post("/console/create", data=CREATED, headers={"Accept": "*/*"}).status_code == 401
    expired = Page(guarded.client.post("/console/create", data=CREATED))
    assert (expired.status, "A login is needed" in expired.text) == (401, True)
    for pair in (("AKIAONE", "second-secret"), ("AKIAONE", ""), ("", ""), ("AKIATHREE", ""), ("é", "é")):
        refused = guarded.send(LOGIN, key=pair[0], secret=pair[1])
        assert refused.status == 403 and guarded.get("/").status == 303
    assert guarded.send(LOGIN, token="x", key="AKIAONE", secret="first-secret").status == 403
    entered = guarded.send(LOGIN, key="AKIAONE", secret="first-secret", next="/console/catalog")
    assert (entered.status, entered.answer.headers["location"]) == (303, "/console/catalog")
    cookie = entered.answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "secret" not in cookie
    assert "AKIAONE" in guarded.get("/").text
    assert guarded.send("/console/create", **CREATED).status == 303
    token = guarded.get("/").token
    assert Page(guarded.client.post("/console/logout", data={"token": token})).status == 303
    assert guarded.get("/").status == 303


@pytest.mark.parametrize("place", ["//evil.example/", "https://evil.example/", "/console/\\evil", "/x", "javascript:0"])
def test_a_login_leads_nowhere_else(guarded: Visitor, place: str) -> None:
    sent = guarded.send(LOGIN, key="AKIATWO", secret="second-secret", next=place)
    assert (sent.status, sent.answer.headers["location"]) == (303, "/")


def test_changed_cookies_are_no_login(guarded: Visitor) -> None:
    guarded.send(LOGIN, key="AKIATWO", secret="second-secret")
    name, value = next((each.name, each.value) for each in guarded.client.cookies.jar)
    assert value is not None
    expires, nonce, key, digest = value.split(".")
    other = b"AKIAONE".hex()
    for changed in (f"{expires}.{nonce}.{other}.{digest}", f"9{expires}.{nonce}.{key}.{digest}", "", "...", "x", "é"):
        headers = [(b"Accept", b"text/html"), (b"Cookie", f"{name}={changed}".encode())]
        answer = httpx.get(guarded.client.base_url, headers=headers, trust_env=False)
        assert answer.status_code == 303


def test_the_api_needs_signatures_still(guarded: Visitor) -> None:
    guarded.send(LOGIN, key="AKIATWO", secret="second-secret")
    headers = {"X-Amz-Target": "ElasticMapReduce.ListClusters", "Content-Type": "application/x-amz-json-1.1"}
    assert guarded.client.post("/", content=b"{}", headers=headers).status_code == 403
