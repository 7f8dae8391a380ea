"""A real Chromium, without a window, for the console. Without Chromium and its driver these tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from selenium.webdriver import Chrome

from localemr.testing.memory import MemoryEmr
from localemr.testing.server import Server
from tests.browser.chromium import browser, size
from tests.contract.small_s3 import S3, controller_with
from tests.endpoints import memory, s3, server
from tests.waiting import LIMIT

__all__ = ["memory", "s3", "server"]
MISSING = "no Chromium: apt-get install chromium chromium-driver"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.timeout(LIMIT))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chrome]:
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        pytest.skip(MISSING)
    with browser() as found:
        yield found


@pytest.fixture
def page(chromium: Chrome) -> Chrome:
    """The browser as if it were new: size, cookies, and no messages but those of this test."""
    size(chromium, 1280, 800)
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    chromium.get_log("browser")
    return chromium


@pytest.fixture
def visit(page: Chrome, memory: MemoryEmr) -> Iterator[Callable[[str], Chrome]]:
    """Opens a page of the console."""

    def go(path: str) -> Chrome:
        page.get(memory.endpoint + path)
        return page

    yield go
    page.get("about:blank")  # its stream ends before the controller does


@pytest.fixture
def visit_s3(page: Chrome, server: Server, s3: S3) -> Iterator[Callable[[str], Chrome]]:
    """Opens a page of the console of a controller with this S3."""

    def go(path: str) -> Chrome:
        page.get(f"http://127.0.0.1:{server.port}{path}")
        return page

    with controller_with(server, s3):
        yield go
        page.get("about:blank")
