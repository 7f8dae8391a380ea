"""The bound of what all instances take together: a control group that their containers are in.

Docker's API limits single containers alone. Their parent group is limited by a short-lived container, without rights of
its own but for the file with the limit. Where Docker does not permit it (a daemon without root, or a remote system with
other groups), each container still has a limit of its own.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any

from localemr.runtime.base import LABEL, RuntimeFailure
from localemr.runtime.docker_client import APIClient, docker_errors

log = logging.getLogger(__name__)
WAIT = 30
"""Seconds for the container that sets the limit."""
GROUPS = "/cgroup"
SET_LIMIT = f"""
while IFS=: read -r _ controllers path; do
  case ",$controllers," in
    ,,) file={GROUPS}${{path%/*}}/memory.max ;;
    *,memory,*) file={GROUPS}/memory${{path%/*}}/memory.limit_in_bytes ;;
    *) continue ;;
  esac
  [ -e "$file" ] && {{ echo "$LIMIT" > "$file"; exit; }}
done < /proc/self/cgroup
echo "no control group for memory" >&2
exit 1
"""
"""For version 2 and 1 of control groups. The container is in the group, so its own path names it."""


def parent_of(installation: str, info: Mapping[str, Any]) -> str:
    """The group of the installation's containers, below the one that Docker puts containers into by itself. `info` is
    the daemon's. Empty: the daemon has no groups that can be limited."""
    driver = info.get("CgroupDriver")
    if "name=rootless" in (info.get("SecurityOptions") or ()):
        return ""
    if driver == "systemd":
        # A hyphen would be one more level.
        return f"system-localemr_{installation.replace('-', '_')}.slice"
    return f"/docker/localemr-{installation}" if driver == "cgroupfs" else ""


class HostMemory:
    """The memory that an installation's instances may take of the daemon's host: `share` of it, together."""

    def __init__(self, installation: str, share: float) -> None:
        self._installation = installation
        self._share = share
        self._parent = ""
        self._total_mb = 0
        self._limited: set[str] = set()
        """Clusters for which the group was limited. A group without processes may vanish with its limit."""
        self._lock = threading.Lock()

    def look(self, info: Mapping[str, Any]) -> int:
        """MiB for all instances, from the daemon's info, which may be another daemon's than before."""
        with self._lock:
            self._limited.clear()
            self._parent = parent_of(self._installation, info)
            self._total_mb = round(info["MemTotal"] / 2**20 * self._share)
            return self._total_mb

    def limits(self, memory_mb: int) -> dict[str, Any]:
        """Options of a container's host configuration for an instance with this memory: no more than the host has for
        all, and no swap. 0: no limit of its own."""
        known = [each for each in (memory_mb, self._total_mb) if each]
        size = min(known) * 2**20 if memory_mb else None
        return {"mem_limit": size, "memswap_limit": size, "cgroup_parent": self._parent or None}

    def limit_all(self, api: APIClient, image: str, cluster: str) -> None:
        """Limit all instances together, once for each cluster, after its first container has started, in a container of
        `image`. A failure is logged: each instance has a limit of its own anyway."""
        with self._lock:
            if cluster in self._limited or not self._parent:
                return
            self._limited.add(cluster)
        try:
            with docker_errors():
                self._limit_all(api, image)
        except RuntimeFailure as error:
            log.warning("the memory of all instances together is not limited: %s", error)

    def _limit_all(self, api: APIClient, image: str) -> None:
        host_config = api.create_host_config(
            cgroup_parent=self._parent,
            binds={"/sys/fs/cgroup": {"bind": GROUPS, "mode": "rw"}},
            network_mode="none",
            cap_drop=["ALL"],
            security_opt=["no-new-privileges", "label=disable"],
        )
        host_config["CgroupnsMode"] = "host"
        made = api.create_container(
            image,
            ["-c", SET_LIMIT],
            entrypoint=["/bin/sh"],
            user="0",
            environment={"LIMIT": str(self._total_mb * 2**20)},
            labels={LABEL: self._installation},
            host_config=host_config,
        )
        try:
            api.start(made["Id"])
            if api.wait(made["Id"], timeout=WAIT)["StatusCode"]:
                raise RuntimeFailure(api.logs(made["Id"]).decode(errors="replace").strip())
        finally:
            api.remove_container(made["Id"], force=True, v=True)
