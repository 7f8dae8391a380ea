"""Which of its classes a JVM in a cluster takes from an archive made with the image."""

from __future__ import annotations

import re
from typing import Any

from tests.cluster.installation import Installation

LOG = "/tmp/loaded-classes"
OPTION = f"-Xlog:class+load:file={LOG}"
AS_ITS_USER = "setpriv --reuid $(stat -c %u /proc/$pid) --regid $(stat -c %g /proc/$pid) --clear-groups"
"""Before a command that reads what /proc shows to the process's own user alone."""
FROM_JARS = re.compile(r"source: (?:file|jrt):")


def share_of_archived(installation: Installation, container: Any, command: str) -> float:
    """0 to 1: classes that came from an archive, of those from archives and jars, in the JVM of this command."""
    installation.run_in(container, "bash", "-c", f"HADOOP_CLIENT_OPTS={OPTION} {command} 2>&1")
    loaded = installation.run_in(container, "cat", LOG).splitlines()
    archived = sum("source: shared objects file" in line for line in loaded)
    jars = sum(bool(FROM_JARS.search(line)) for line in loaded)
    return archived / (archived + jars)


def mapped(installation: Installation, container: Any) -> dict[str, set[str]]:
    """The archives below /usr/lib/localemr that each daemon or command (by its -Dproc_ name) has mapped."""
    look = rf"""for pid in $(pgrep java); do
      echo "$(tr '\0' '\n' < /proc/$pid/cmdline | sed -n 's/^-Dproc_//p')" \
           $({AS_ITS_USER} grep -o 'localemr/cds/.*[.]jsa$' /proc/$pid/maps | sort -u)
    done"""
    lines = installation.run_in(container, "bash", "-c", look, user="root").splitlines()
    found = (line.split() for line in lines if line.strip())
    return {name: {path.rpartition("/")[2] for path in paths} for name, *paths in found}
