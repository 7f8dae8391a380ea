"""The console in a real browser: its pages, its actions, its streams, on the memory runtime."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from localemr.testing.memory import MemoryEmr
from tests.browser.chromium import size
from tests.browser.looking import complaints
from tests.contract.console_visitor import STEP, run, until
from tests.contract.test_console_logs import Logged

SECONDS = 60
Visit = Callable[[str], Chrome]


def shows(browser: Chrome, text: str) -> None:
    """Wait until the page shows a text."""
    script = "return document.body?.innerText ?? ''"
    WebDriverWait(browser, SECONDS).until(lambda found: text in found.execute_script(script), text)


def at(browser: Chrome, path: str) -> None:
    """Wait until the address has this path."""
    WebDriverWait(browser, SECONDS).until(lambda found: found.current_url.endswith(path), path)


def press(browser: Chrome, name: str, part: str = "main") -> None:
    """Press a button or a link of a part of the page by its text, when the page has it."""
    script = (
        "const found = [...document.querySelectorAll(`${arguments[1]} :is(button, a)`)]"
        ".find(each => each.textContent === arguments[0]); if (found) found.click(); return Boolean(found);"
    )
    # In one script: parts of the page are exchanged while they change.
    WebDriverWait(browser, SECONDS).until(lambda found: found.execute_script(script, name, part), name)


def write(browser: Chrome, field: str, text: str) -> None:
    """Write a text into a field, when the page has it."""
    found = WebDriverWait(browser, SECONDS).until(lambda page: page.find_element(By.ID, field), field)
    found.clear()
    found.send_keys(text)


def test_a_step_named_script_is_text(memory: MemoryEmr, visit: Visit) -> None:
    cluster_id = run(memory, Steps=[STEP])
    until(memory, cluster_id, "WAITING")
    browser = visit(f"/console/clusters/{cluster_id}")
    shows(browser, "count <script>alert(1)</script>")
    assert browser.execute_script("return document.querySelectorAll('main script').length") == 0
    assert complaints(browser) == []


def test_the_map_and_the_steps_come_alive(memory: MemoryEmr, visit: Visit) -> None:
    cluster_id, emr = run(memory), memory.client()
    browser = visit(f"/console/clusters/{cluster_id}")
    shows(browser, "MASTER")
    heading = browser.find_element(By.TAG_NAME, "h1")
    until(memory, cluster_id, "WAITING")
    shows(browser, "2 of 2 run")
    emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=[STEP])
    until(memory, cluster_id, "WAITING")
    shows(browser, "COMPLETED")
    browser.set_script_timeout(SECONDS)
    begin = (
        "const done = arguments[0], began = Date.now();"
        "const made = () => document.querySelector('a[href$=\"/unprotect\"]') && done(Date.now() - began);"
        "new MutationObserver(made)"
        ".observe(document.getElementById('summary'), {childList: true, subtree: true});"
        "const form = new URLSearchParams();"
        "fetch(location.pathname + '/protect').then(page => page.text()).then(text => {"
        '  form.set(\'token\', text.match(/name="token" value="([^"]+)"/)[1]);'
        "  return fetch(location.pathname + '/protect', {method: 'POST', body: form, redirect: 'manual'});"
        "});"
    )
    late = browser.execute_async_script(begin)
    assert late < 3000  # with two requests in it, on a machine that may be busy; tests/benchmarks/console.py measures
    assert heading.text == "nightly"  # the page was not loaded again


def test_the_list_shows_a_new_cluster(memory: MemoryEmr, visit: Visit) -> None:
    browser = visit("/")
    shows(browser, "There are no clusters yet")
    run(memory, Name="made elsewhere")
    shows(browser, "made elsewhere")


def test_a_cluster_from_the_form_to_its_end(memory: MemoryEmr, visit: Visit) -> None:
    emr: Any = memory.client()
    browser = visit("/console/create")
    write(browser, "name", "From a browser")
    write(browser, "core_count", "2")
    shows(browser, "--name 'From a browser'")
    press(browser, "Create")
    shows(browser, "Add a step")
    cluster_id = browser.current_url.rpartition("/")[2]
    assert emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Name"] == "From a browser"
    until(memory, cluster_id, "WAITING")
    shows(browser, "2 of 2 run")

    press(browser, "Add a step")
    write(browser, "application", "s3://code/job.py")
    write(browser, "arguments", "'a b'")
    shows(browser, '"Args":["--deploy-mode","cluster","s3://code/job.py","a b"]')
    press(browser, "Add")
    WebDriverWait(browser, SECONDS).until(lambda _: len(emr.list_steps(ClusterId=cluster_id)["Steps"]) == 1)
    shows(browser, "Arguments")

    groups = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    visit(f"/console/clusters/{cluster_id}/groups/{groups[1]['Id']}/resize")
    write(browser, "count", "3")
    press(browser, "Resize")
    at(browser, cluster_id)
    groups = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    assert groups[1]["RequestedInstanceCount"] == 3

    visit(f"/console/clusters/{cluster_id}")
    press(browser, "Terminate")
    shows(browser, "This cannot be undone")
    press(browser, "Terminate")
    at(browser, cluster_id)
    until(memory, cluster_id, "TERMINATED")
    shows(browser, "USER_REQUEST")


def test_a_clone_and_other_configurations(memory: MemoryEmr, visit: Visit) -> None:
    emr: Any = memory.client()
    cluster_id = run(memory, Tags=[{"Key": "team", "Value": "sales"}])
    until(memory, cluster_id, "WAITING")
    group = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"][1]["Id"]
    browser = visit(f"/console/clusters/{cluster_id}/groups/{group}/reconfigure")
    write(browser, "configurations", '[{"Classification": "core-site", "Properties": {"a.b": "c"}}]')
    shows(browser, '"ReconfigurationType":"OVERWRITE"')
    press(browser, "Reconfigure")
    at(browser, cluster_id)
    changed = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"][1]["Configurations"]
    assert changed == [{"Classification": "core-site", "Properties": {"a.b": "c"}}]

    press(browser, "Clone")
    shows(browser, "Nothing of this one changes")
    write(browser, "name", "the clone")
    shows(browser, "--name 'the clone'")
    press(browser, "Create")
    shows(browser, "Add a step")
    made = emr.describe_cluster(ClusterId=browser.current_url.rpartition("/")[2])["Cluster"]
    assert (made["Name"], made["Tags"]) == ("the clone", [{"Key": "team", "Value": "sales"}])
    assert made["Id"] != cluster_id


def test_the_keyboard_reaches_the_first_cluster(memory: MemoryEmr, visit: Visit) -> None:
    cluster_id = run(memory)
    browser = visit("/")
    shows(browser, "nightly")
    for _ in range(20):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        if "nightly" in browser.switch_to.active_element.text:
            break
    assert browser.switch_to.active_element.get_attribute("href").endswith(cluster_id)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    at(browser, cluster_id)


def test_a_running_steps_log_is_followed(memory: MemoryEmr, visit: Visit) -> None:
    memory.control.hang_step()
    logged = Logged(memory)
    until(memory, logged.cluster, "RUNNING")
    logged.write("stdout", "first line\n" * 200)
    browser = visit(f"{logged.path}?log=stdout")
    shows(browser, "LIVE")
    heading = browser.find_element(By.TAG_NAME, "h1")
    logged.write("stdout", "first line\n" * 200 + "<b>second</b> line\n")
    shows(browser, "<b>second</b> line")
    below = "const box = document.querySelector('pre.log'); return box.scrollHeight - box.scrollTop - box.clientHeight"
    assert browser.execute_script(below) < 5  # at its end, as before
    assert heading.text.startswith("count")  # the page was not loaded again
    browser.find_element(By.NAME, "find").send_keys("SECOND", Keys.ENTER)
    shows(browser, "201: <b>second</b> line")
    assert complaints(browser) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_schemes_have_their_grounds(memory: MemoryEmr, visit: Visit, scheme: str) -> None:
    browser = visit("/")
    size(browser, 1280, 800, scheme)
    ground = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 29)"}[scheme]
