"""hub_session.py USER PASSWORD KERNEL CODE: what a browser does at JupyterHub on this machine.

It logs in, starts the user's server, saves a notebook with the code, and runs it. Prints what the code printed. Run by
the hub's own Python.
"""

import json
import ssl
import sys
import time
import uuid

import requests
import urllib3
import websocket

BASE = "https://localhost:9443"


def log_in(user: str, password: str) -> requests.Session:
    browser = requests.Session()
    browser.trust_env = False
    browser.verify = False
    form = {"username": user, "password": password}
    answer = browser.post(f"{BASE}/hub/login", data=form)
    answer.raise_for_status()
    if "/hub/login" in answer.url:
        sys.exit("the hub refused the password")
    deadline = time.time() + 300
    while f"/user/{user}/" not in browser.get(f"{BASE}/hub/spawn").url:
        if time.time() > deadline:
            sys.exit("the user's server did not start")
        time.sleep(1)
    browser.get(f"{BASE}/user/{user}/tree").raise_for_status()
    token = next(each.value for each in browser.cookies if each.name == "_xsrf" and each.value)
    browser.headers.update({"X-XSRFToken": token, "Referer": f"{BASE}/user/{user}/tree"})
    return browser


def save(browser: requests.Session, api: str, kernel: str, code: str) -> None:
    cell = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": code}
    spec = {"kernelspec": {"name": kernel, "display_name": kernel}}
    notebook = {"cells": [cell], "metadata": spec, "nbformat": 4, "nbformat_minor": 4}
    for path, model in (
        ("work", {"type": "directory"}),
        ("work/first.ipynb", {"type": "notebook", "content": notebook}),
    ):
        browser.put(f"{api}/contents/{path}", json=model | {"format": "json"}).raise_for_status()
    (entry,) = browser.get(f"{api}/contents/work").json()["content"]
    read = browser.get(f"{api}/contents/{entry['path']}").json()
    assert (entry["name"], read["content"]["cells"][0]["source"]) == ("first.ipynb", code), read


def execute(browser: requests.Session, api: str, kernel_id: str, code: str) -> str:
    """What the code prints; ends with the error that it raises."""
    cookies = "; ".join(f"{each.name}={each.value}" for each in browser.cookies)
    url = f"wss{api.removeprefix('https')}/kernels/{kernel_id}/channels?session_id={uuid.uuid4().hex}"
    socket = websocket.create_connection(
        url, sslopt={"cert_reqs": ssl.CERT_NONE}, cookie=cookies, origin=BASE, timeout=600
    )
    number, printed = uuid.uuid4().hex, ""
    header = {
        "msg_id": number,
        "msg_type": "execute_request",
        "username": "",
        "session": "1",
        "version": "5.3",
        "date": "",
    }
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
    request = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}
    socket.send(json.dumps(request))
    while True:
        message = json.loads(socket.recv())
        kind, content = message["msg_type"], message["content"]
        if message["parent_header"].get("msg_id") != number:
            continue
        if kind == "stream":
            printed += content["text"]
        elif kind == "error":
            sys.exit(f"{content['ename']}: {content['evalue']}")
        elif kind == "status" and content["execution_state"] == "idle":
            socket.close()
            return printed


def main() -> None:
    user, password, kernel, code = sys.argv[1:]
    urllib3.disable_warnings()
    browser = log_in(user, password)
    api = f"{BASE}/user/{user}/api"
    save(browser, api, kernel, code)
    session = {"kernel": {"name": kernel}, "name": "first", "path": "work/first.ipynb", "type": "notebook"}
    started = browser.post(f"{api}/sessions", json=session)
    started.raise_for_status()
    try:
        print(execute(browser, api, started.json()["kernel"]["id"], code))
    finally:
        browser.delete(f"{api}/sessions/{started.json()['id']}").raise_for_status()
    browser.get(f"{BASE}/user/{user}/lab").raise_for_status()


main()
