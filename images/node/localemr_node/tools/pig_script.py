"""Run a Pig script as EMR does: pig-script --run-pig-script --args -f s3://bucket/script.pig -p NAME=value"""

from __future__ import annotations

from localemr_node.enginescript import PIG, execute


def main() -> int:
    """The command."""
    return execute(PIG)
