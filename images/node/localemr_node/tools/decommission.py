"""Have nodes decommissioned gracefully, and wait until nothing remains on one of them; or have nodes that were leaving
recommissioned. Its spec is DecommissionSpec.

Exit code 0 when YARN runs nothing on the host any more, or its time is over, and HDFS has other copies of all its
blocks. While waiting the note names what remains; 1 when ResourceManager or NameNode could not be informed. Where
HDFS is not to copy anything, the note is the number of blocks that a DataNode on the host has in the end.
"""

from __future__ import annotations

import subprocess
import time

from localemr_node import decommissioning
from localemr_node.notes import leave
from localemr_node.specs import DecommissionSpec, load

PAUSE = 0.5  # seconds


def main() -> int:
    """The tool."""
    spec = load(DecommissionSpec)
    try:
        decommissioning.begin(spec)
    except (OSError, subprocess.CalledProcessError) as error:
        leave(str(error))
        return 1
    reported = None
    while spec.host and (rest := remaining(spec.host)):
        if rest != reported:
            leave(rest)
            print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), rest, flush=True)
            reported = rest
        time.sleep(PAUSE)
    leave(kept(spec.host) if spec.host and not spec.hdfs else "")
    return 0


def kept(host: str) -> str:
    """The number of HDFS's blocks on the host; empty without a DataNode there, or when it is not known."""
    try:
        found = decommissioning.blocks(host)
    except (OSError, ValueError, LookupError):
        return ""
    return "" if found is None else str(found)


def remaining(host: str) -> str:
    """What remains on the host, or the reason why that is not known."""
    try:
        return decommissioning.remaining(host)
    except (OSError, ValueError, LookupError) as error:
        return str(error) or type(error).__name__
