"""`await CHECKS_JSON`: waits until everything asked for is true of the daemons on this node, and says what is not.

A check: {"what": "live DataNodes", "port": 9870, "path": "/jmx?qry=…", "key": "beans.0.LiveNodes",
          "contains": ["ip-10-0-0-2", …]}  or  "equals": value.  Without a key, any 200 answer will do;
without a path, an open port will do.
"""

import http.client
import json
import signal
import socket
import sys
import time
from typing import Any

from localemr_node.notes import write_note

INTERVAL = 0.1
Check = dict[str, Any]


def lookup(document: Any, key: str) -> Any:
    """Follows a dotted key through objects and lists; JMX's JSON inside strings is opened on the way."""
    for part in key.split("."):
        if isinstance(document, str):
            document = json.loads(document)
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def judge(check: Check, value: Any) -> str | None:
    """What is still missing, or None when the check holds."""
    what = check.get("what", "check")
    if "equals" in check:
        return None if value == check["equals"] else f"{what}: {value!r} instead of {check['equals']!r}"
    wanted = check.get("contains", [])
    text = value if isinstance(value, str) else json.dumps(value)
    missing = [name for name in wanted if name not in text]
    if not missing:
        return None
    return f"{what}: {len(wanted) - len(missing)} of {len(wanted)}, missing {', '.join(missing)}"


def fetch(port: int, path: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": socket.gethostname()})
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise OSError(f"answers {response.status}")
        return json.loads(body) if body.lstrip()[:1] in (b"{", b"[") else body.decode(errors="replace")
    finally:
        connection.close()


def run_check(check: Check) -> str | None:
    """Asks once. What is still missing, or None."""
    what, port = check.get("what", "check"), int(check["port"])
    try:
        if "path" not in check:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return None
        document = fetch(port, check["path"])
        return judge(check, lookup(document, check["key"])) if "key" in check else None
    except ConnectionRefusedError:
        return f"{what}: connection refused on port {port}"
    except (KeyError, IndexError, TypeError):
        return f"{what}: port {port} answers, but not yet with {check.get('key')}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"{what}: {error or type(error).__name__} on port {port}"


def main(arguments: list[str]) -> int:
    """Returns 0 when all checks hold, 1 when stopped before."""
    checks: list[Check] = json.loads(arguments[0])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    noted = ""
    while checks:
        missing = [(check, reason) for check in checks if (reason := run_check(check))]
        checks = [check for check, _ in missing]  # what held once is not asked again
        note = "; ".join(reason for _, reason in missing)
        if note != noted:
            noted = note
            write_note(note)
        if checks:
            time.sleep(INTERVAL)
    return 0
