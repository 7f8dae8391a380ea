"""Every page of the console as a person meets it: wide and narrow, light and dark, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import boto3
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from starlette.routing import compile_path

from localemr.console.routes import FORMS, PAGES
from localemr.testing.memory import MemoryEmr
from localemr.testing.server import Server
from tests.browser import looking, pictures
from tests.browser.scene import pages, running, s3_pages, table
from tests.browser.test_console import at, press, shows
from tests.contract.small_s3 import S3
from tests.contract.test_console_access import with_keys

Visit = Callable[[str], Chrome]
PICTURED = {"clusters": "clusters", "metrics": "metrics", "create": "create", "add-step/spark": "add-step"}
"""Pages with a picture, and its name. tests/cluster/test_console.py takes others, of a real cluster."""
SCHEMES = ("light", "dark")
NOT_SEEN = [
    "/console/clusters/{cluster}/fleets/{fleet}/resize",
    "/console/clusters/{cluster}/steps/{step}/download",
    "/console/clusters/{cluster}/unprotect",
    "/console/s3/{bucket}/download",
]
"""Two are files; two are forms as one that is seen."""


def look(browser: Chrome, name: str) -> None:
    """All that holds for every page."""
    assert browser.find_element(By.TAG_NAME, "h1").text, name
    assert looking.too_wide(browser) == [], name
    for scheme in SCHEMES:
        assert looking.faint_texts(browser, scheme) == [], (name, scheme)
    assert looking.weight(browser) <= looking.MOST_BYTES, name
    assert looking.unnamed(browser) == [], name
    assert looking.out_of_reach(browser) == [], name
    assert looking.complaints(browser) == [], name


def test_every_page(memory: MemoryEmr, visit: Visit) -> None:
    for name, path in pages(memory).items():
        look(visit(path), name)
        if name in PICTURED:
            pictures.take(visit(path), PICTURED[name])


def test_every_page_of_s3(visit_s3: Visit, server: Server, s3: S3) -> None:
    with closing(boto3.client("glue", endpoint_url=f"http://127.0.0.1:{server.port}")) as glue:
        table(glue)
    for name, path in s3_pages(s3).items():
        look(visit_s3(path), name)


def test_no_page_is_left_out(memory: MemoryEmr, s3: S3) -> None:
    seen = [path.partition("?")[0] for path in (*pages(memory).values(), *s3_pages(s3).values())]
    paths = {path for path, *_ in (*PAGES, *FORMS)}
    assert sorted(path for path in paths if not any(compile_path(path)[0].match(each) for each in seen)) == NOT_SEEN


def test_the_login_and_a_page_that_does_not_exist(page: Chrome, server: Server) -> None:
    controller = with_keys(server)
    try:
        page.get(f"http://127.0.0.1:{server.port}/console/catalog")
        look(page, "login")
        page.find_element(By.ID, "key").send_keys("AKIAONE", Keys.TAB, "wrong", Keys.ENTER)
        shows(page, "There is no such pair")
        assert ["403" in each for each in looking.complaints(page)] == [True]
        look(page, "refused login")
        page.find_element(By.ID, "key").send_keys("AKIAONE", Keys.TAB, "first-secret", Keys.ENTER)
        at(page, "/console/catalog")
        look(page, "catalog with a name")
        page.get(f"http://127.0.0.1:{server.port}/console/clusters/j-NONE")
        assert ["400" in each for each in looking.complaints(page)] == [True]
        look(page, "error")
        press(page, "Log out", "header")
        shows(page, "One of those pairs opens the console")
        page.get("about:blank")
    finally:
        server.run(controller.close())


def test_a_steps_terminal_codes_are_not_shown(memory: MemoryEmr, visit: Visit) -> None:
    browser = visit(f"{running(memory)}?log=stderr")
    text = browser.execute_script("return document.querySelector('pre.log').textContent")
    assert "26/11/29 10:00:00 INFO TaskSetManager: Finished task 0.0" in text
    assert not [each for each in text if ord(each) < 32 and each != "\n"] and "[32m" not in text
    assert looking.complaints(browser) == []
