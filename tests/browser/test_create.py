"""The form for a cluster in a real browser: it refuses before it sends, with the keyboard too."""

from __future__ import annotations

from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from localemr.testing.memory import MemoryEmr
from tests.browser.chromium import size
from tests.browser.looking import complaints, faint_texts, out_of_reach, too_wide, unnamed
from tests.browser.test_console import SECONDS, Visit, at, press, shows, write

SENT = (
    "window.sent = []; const real = window.fetch;"
    "window.fetch = (path, more) => { window.sent.push(more.body.get('only')); return real(path, more); };"
    "HTMLFormElement.prototype.submit = () => window.sent.push('the form');"
)
"""Lists what the page sends, in place of sending the form."""
OBSCURED = """
const bar = document.querySelector('.sending').getBoundingClientRect();
const below = [];
for (const each of document.querySelectorAll('form input, form select, form textarea')) {
  if (each.type === 'hidden') continue;
  each.focus();
  const box = each.getBoundingClientRect();
  if (box.bottom > bar.top && box.top >= bar.top) below.push(each.name);
}
return below;
"""
"""Fields that are not seen while they have the focus."""


def refusal(browser: Chrome) -> str:
    return str(browser.find_element(By.ID, "refusal").text)


def until_refused(browser: Chrome, text: str) -> None:
    """Wait until the form says why it would be refused; empty: that it would not be."""
    WebDriverWait(browser, SECONDS).until(
        lambda found: text in refusal(found) and bool(refusal(found)) == bool(text), text
    )


def disabled(browser: Chrome) -> bool:
    button = browser.find_element(By.CSS_SELECTOR, "button.first")
    return button.get_attribute("aria-disabled") == "true"


def test_the_form_follows_what_is_changed(memory: MemoryEmr, visit: Visit) -> None:
    browser = visit("/console/create")
    assert (refusal(browser), disabled(browser)) == ("", False)
    Select(browser.find_element(By.ID, "release")).select_by_visible_text("emr-5.20.0")
    browser.find_element(By.CSS_SELECTOR, "[value=Trino]").click()
    until_refused(browser, "ValidationException Application 'Trino' is not supported by release label emr-5.20.0.")
    assert disabled(browser)
    browser.find_element(By.CSS_SELECTOR, "[value=Trino]").click()
    until_refused(browser, "")
    assert not disabled(browser)
    write(browser, "core_type", "m7g.xlarge")
    until_refused(browser, "emr-5.20.0 does not have it")
    write(browser, "core_type", "m5.xlarge")
    write(browser, "configurations", "[{")
    until_refused(browser, "Configurations: this is no JSON")
    write(browser, "configurations", "[]")
    until_refused(browser, "")
    shows(browser, "--configurations '[]'")
    assert complaints(browser) == [] and memory.client().list_clusters()["Clusters"] == []


def test_what_is_refused_is_not_sent(memory: MemoryEmr, visit: Visit) -> None:
    browser = visit("/console/create")
    browser.execute_script(SENT)
    write(browser, "master_type", "m5.tiny")
    browser.find_element(By.ID, "master_type").send_keys(Keys.ENTER)
    until_refused(browser, "Instance type 'm5.tiny' is not supported.")
    # The focus is at the reason, and a screen reader reads it with the button.
    WebDriverWait(browser, SECONDS).until(lambda found: found.switch_to.active_element.get_attribute("id") == "refusal")
    described = "return document.querySelector('button.first').getAttribute('aria-describedby')"
    assert browser.execute_script(described) == "refusal"
    press(browser, "Create")
    write(browser, "master_type", "m5.xlarge")
    until_refused(browser, "")
    press(browser, "Create")
    press(browser, "Create")  # a double click makes one cluster
    WebDriverWait(browser, SECONDS).until(lambda found: "the form" in found.execute_script("return window.sent"))
    sent = browser.execute_script("return window.sent")
    assert sent.count("the form") == 1 and set(sent) == {"check", "the form"}
    assert memory.client().list_clusters()["Clusters"] == []


def test_a_cluster_by_the_keyboard_alone(memory: MemoryEmr, visit: Visit) -> None:
    emr: Any = memory.client()
    browser = visit("/console/create")
    write(browser, "idle", "1")
    browser.find_element(By.CSS_SELECTOR, "button.first").send_keys(Keys.ENTER)
    until_refused(browser, "idle")
    assert emr.list_clusters()["Clusters"] == []
    write(browser, "idle", "600")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    shows(browser, "Add a step")
    at(browser, emr.list_clusters()["Clusters"][0]["Id"])
    assert complaints(browser) == []


def test_a_refusal_is_seen_and_read_by_everybody(memory: MemoryEmr, visit: Visit) -> None:
    browser = visit("/console/create")
    browser.find_element(By.CSS_SELECTOR, "[value=Trino]").click()
    Select(browser.find_element(By.ID, "release")).select_by_visible_text("emr-5.20.0")
    until_refused(browser, "Supported applications")
    for scheme in ("light", "dark"):
        assert faint_texts(browser, scheme) == []
    assert too_wide(browser) == [] and unnamed(browser) == []
    status = browser.find_element(By.ID, "refusal")
    assert status.aria_role == "status"
    for width in (1280, 360):
        size(browser, width, 800)
        assert browser.execute_script(OBSCURED) == [], width
        seen = "const box = document.getElementById('refusal').getBoundingClientRect();"
        assert browser.execute_script(seen + "return box.top >= 0 && box.bottom <= innerHeight")
    assert out_of_reach(browser) == []


def test_a_form_that_was_sent_all_the_same_is_refused_there(memory: MemoryEmr, visit: Visit) -> None:
    browser = visit("/console/create")
    write(browser, "core_type", "m5.tiny")
    browser.execute_script("document.querySelector('[data-form]').submit()")  # as without the script
    until_refused(browser, "Instance type 'm5.tiny' is not supported.")
    assert disabled(browser) and browser.switch_to.active_element.get_attribute("id") == "refusal"
    assert browser.find_element(By.ID, "core_type").get_attribute("value") == "m5.tiny"
    assert memory.client().list_clusters()["Clusters"] == []
