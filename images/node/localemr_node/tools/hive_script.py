"""Run a Hive script as EMR does: hive-script --run-hive-script --args -f s3://bucket/script.q -d NAME=value"""

from __future__ import annotations

from localemr_node.enginescript import HIVE, execute


def main() -> int:
    """The command."""
    return execute(HIVE)
