"""The commands of a node and the module of each; writes them while the image is built.

A command is three lines of Python, so all that it does is compiled beforehand. It starts isolated and without `site`
(-IS), which halves Python's start; `ship` adds site's packages when it sends. Its Python is Debian's own: on some
releases `python3` is another.
"""

from __future__ import annotations

import os
import sys

LIBRARY = "/usr/lib/localemr/lib"
BIN = "/usr/lib/localemr/bin"
HELPERS = "/usr/share/aws/emr/command-runner/bin"

COMMANDS = {
    "/usr/lib/localemr/supervisor": "localemr_node.init",
    f"{BIN}/await": "localemr_node.tools.awaiting",
    f"{BIN}/bootstrap": "localemr_node.tools.bootstrap",
    f"{BIN}/decommission": "localemr_node.tools.decommission",
    f"{BIN}/notebook": "localemr_node.tools.notebook",
    f"{BIN}/notice": "localemr_node.tools.notice",
    f"{BIN}/reap": "localemr_node.tools.reap",
    f"{BIN}/ship": "localemr_node.tools.ship",
    f"{BIN}/step": "localemr_node.tools.step",
    "/usr/bin/systemctl": "localemr_node.tools.systemctl",
    f"{HELPERS}/hive-script": "localemr_node.tools.hive_script",
    f"{HELPERS}/pig-script": "localemr_node.tools.pig_script",
}

SCRIPT = """#!/usr/bin/python3.11 -ISB
import sys
sys.path.append("{library}")
from {module} import main
sys.exit(main())
"""


def script(module: str, library: str = LIBRARY) -> str:
    """The text of a command."""
    return SCRIPT.format(module=module, library=library)


def main(root: str = "/") -> int:
    """Write all commands below `root`."""
    for path, module in COMMANDS.items():
        target = os.path.join(root, path.lstrip("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            file.write(script(module))
        os.chmod(target, 0o755)
    return 0


if __name__ == "__main__":
    sys.exit(main())
