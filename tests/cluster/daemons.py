"""What daemons in containers say of themselves: their web pages, their configuration, their processes."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from xml.etree import ElementTree

from tests.cluster.installation import Installation, wait_for

NAMENODE, RESOURCEMANAGER, HISTORY = 9870, 8088, 19888
DATANODE, NODEMANAGER = 9864, 8042


def page(container: Any, port: int, path: str) -> str:
    """What a daemon answers, through the port published on the host; empty while it does not."""
    container.reload()
    host_port = container.ports[f"{port}/tcp"][0]["HostPort"]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{host_port}{path}", timeout=10) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def applications(installation: Installation, cluster_id: str, step_id: str) -> dict[str, dict[str, Any]]:
    """What YARN says of the step's applications, by id: `state`, `applicationType`, …"""
    master = installation.containers(cluster_id, "MASTER")[0]
    # Tags are kept in small letters.
    text = page(master, RESOURCEMANAGER, f"/ws/v1/cluster/apps?applicationTags=step-{step_id.lower()}")
    return {each["id"]: each for each in (json.loads(text)["apps"] or {}).get("app", [])}


def conf(container: Any, port: int, name: str) -> str:
    """A property as the daemon behind the port has it."""
    text = wait_for(f"the daemon at {port}", lambda: page(container, port, "/conf"))
    values = [each.findtext("value") for each in ElementTree.fromstring(text).iter("property")
              if each.findtext("name") == name]  # fmt: skip
    return str(values[0]) if values else ""


def pid(container: Any, daemon: str) -> str:
    """Process id of a daemon, by the name that its launcher gives it, once it is there: history servers start last."""
    command = ["pgrep", "-f", f"^[^ ]*java -Dproc_{daemon} "]

    def only() -> str | None:
        found = container.exec_run(command, user="root").output.decode().split()
        return found[0] if len(found) == 1 else None

    return wait_for(f"one process of {daemon}", only)


def started_with(installation: Installation, container: Any, daemon: str) -> tuple[dict[str, str], list[str]]:
    """Environment and command line of a daemon's process. One that starts just now has none for a moment."""

    def read() -> list[str] | None:
        process = f"/proc/{pid(container, daemon)}"
        user = installation.run_in(container, "stat", "-c", "%U", process).strip()
        texts = [
            installation.run_in(container, "cat", f"{process}/{each}", user=user) for each in ("environ", "cmdline")
        ]
        return texts if all(texts) else None

    environ, cmdline = (text.strip("\0").split("\0") for text in wait_for(f"{daemon} started", read))
    return dict(line.split("=", 1) for line in environ if "=" in line), cmdline


def processes(installation: Installation, container: Any) -> set[str]:
    """Short names of the Java daemons in a container."""
    lines = installation.run_in(container, "ps", "-eo", "args").splitlines()
    return {line.split()[-1].rsplit(".", 1)[-1] for line in lines if "java" in line.split()[0]}


def check_cancelled(installation: Installation, cluster_id: str, step_id: str) -> None:
    """Cancel a step whose task is `sleep 600` on the core instance, and check that it leaves nothing on YARN."""
    (core,) = installation.containers(cluster_id, "CORE")

    def sleeps() -> bool:
        return "sleep 600" in installation.run_in(core, "ps", "-eo", "args")

    wait_for("the task", sleeps)
    installation.cancel_step(cluster_id, step_id, "TERMINATE_PROCESS")
    (application,) = applications(installation, cluster_id, step_id).values()
    assert application["state"] in ("KILLED", "FINISHED", "FAILED")
    wait_for("its end", lambda: not sleeps())
