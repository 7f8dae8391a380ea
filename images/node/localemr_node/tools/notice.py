"""EC2's interruption notice to a spot instance: the metadata service has it from now on. The instance is taken back
when this run is over. Its spec is NoticeSpec.

When the notice cannot be written, for want of room on the disk, its time passes all the same.
"""

from __future__ import annotations

import json
import os
import sys

from localemr_node.metadata import NOTICE
from localemr_node.specs import NoticeSpec, load


def main() -> int:
    """The tool."""
    spec = load(NoticeSpec)
    try:
        publish(spec.documents)
    except OSError as error:
        print(f"the metadata service does not have the notice: {error}", file=sys.stderr, flush=True)
    # In this process's place, which would take more memory.
    os.execvp("sleep", ["sleep", str(spec.seconds)])


def publish(documents: dict[str, str], path: str = NOTICE) -> None:
    """Have the metadata service answer with these documents. Raises OSError."""
    with open(f"{path}.tmp", "w", encoding="utf-8") as file:
        json.dump(documents, file)
        os.fchmod(file.fileno(), 0o644)  # the service answers as user nobody
    os.replace(f"{path}.tmp", path)
