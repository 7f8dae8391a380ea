"""Decommissioning nodes: the files that ResourceManager and NameNode read, their refresh, and what remains.

The two files name the same hosts, and a host is in them only after the daemons have read them.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from localemr_node import active
from localemr_node.specs import DecommissionSpec

FOLDER = "/emr/instance-controller/lib"
YARN_FILE, HDFS_FILE = "yarn.nodes.exclude.xml", "dfs.hosts.exclude"
REFRESH_YARN = ("yarn", "rmadmin", "-refreshNodes", "-g", "-server")
REFRESH_HDFS = ("hdfs", "dfsadmin", "-refreshNodes")
RESOURCEMANAGER, NAMENODE = 8088, 9870
LIVE_NODES = "/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo"
GONE = ("DECOMMISSIONED", "SHUTDOWN", "LOST", "REBOOTED")
"""States of nodes that the ResourceManager only remembers."""
TIMEOUT = 10  # seconds

Hosts = Mapping[str, "int | None"]
"""Host name → seconds that YARN gives it to finish its work; None: yarn-site's."""


def begin(spec: DecommissionSpec, folder: str = FOLDER) -> None:
    """Have all hosts in `leaving` decommissioned, once each, and again with a shorter time. Hosts in `staying` are
    taken off the list: their addresses belonged to removed hosts before. Raises OSError or CalledProcessError when a
    daemon was not informed; the files then stay as they were.
    """
    with open(f"{folder}/decommissioning.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = read(folder)
        hosts = {host: timeout for host, timeout in known.items() if host not in spec.staying}
        for host, timeout in spec.leaving.items():
            if host not in hosts or _is_shorter(timeout, hosts[host]):
                hosts[host] = timeout
        if hosts == known:
            return
        write(folder, hosts)
        try:
            run(*REFRESH_YARN)
            if spec.hdfs:
                run(*REFRESH_HDFS)
        except BaseException:
            write(folder, known)
            raise


def _is_shorter(timeout: int | None, known: int | None) -> bool:
    return timeout is not None and (known is None or timeout < known)


def run(*command: str) -> None:
    """Run a command of Hadoop's as HDFS's superuser."""
    subprocess.run(command, env=os.environ | {"HADOOP_USER_NAME": "hdfs"}, check=True)


def read(folder: str = FOLDER) -> dict[str, int | None]:
    """The hosts in YARN's file."""
    found = {}
    for host in ElementTree.parse(f"{folder}/{YARN_FILE}").iter("host"):
        timeout = host.findtext("timeout")
        found[host.findtext("name", "")] = None if timeout is None else int(timeout)
    return found


def write(folder: str, hosts: Hosts) -> None:
    """Replace both files."""
    entries = "".join(
        f"<host><name>{escape(host)}</name>" + ("" if timeout is None else f"<timeout>{timeout}</timeout>") + "</host>"
        for host, timeout in hosts.items()
    )
    _replace(f"{folder}/{YARN_FILE}", f'<?xml version="1.0"?><hosts>{entries}</hosts>\n')
    _replace(f"{folder}/{HDFS_FILE}", "".join(f"{host}\n" for host in hosts))


def _replace(path: str, text: str) -> None:
    with open(f"{path}.tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(f"{path}.tmp", path)


def remaining(host: str) -> str:
    """What YARN and HDFS still have on the host, in words; empty: nothing. Raises OSError, ValueError, LookupError
    when that is not known."""
    nodes = _request(RESOURCEMANAGER, "/ws/v1/cluster/nodes")["nodes"] or {}
    for node in nodes.get("node", ()):
        if node["nodeHostName"] == host and node["state"] not in GONE:
            return f"YARN: {node['state']}, {node['numContainers']} containers"
    node = _data_node(host)
    if node and node["adminState"] == "Decommission In Progress":
        return f"HDFS: {node['numBlocks']} blocks on it, some without another copy"
    return ""


def blocks(host: str) -> int | None:
    """The number of HDFS's blocks on the host. None: it has no DataNode that lives. Raises as `remaining` does."""
    node = _data_node(host)
    return int(node["numBlocks"]) if node else None


def _data_node(host: str) -> Any:
    live = json.loads(_request(NAMENODE, LIVE_NODES)["beans"][0]["LiveNodes"])
    return next((node for name, node in live.items() if name.split(":")[0] == host), None)


def _request(port: int, path: str) -> Any:
    _, body = active.request(port, "GET", path, {"Accept": "application/json"}, timeout=TIMEOUT)
    return json.loads(body)
