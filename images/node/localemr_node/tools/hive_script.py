"""Run a Hive script as EMR does: hive-script --run-hive-script --args -f s3://bucket/script.q -d NAME=value"""

from __future__ import annotations

import itertools
import os
import sys

from localemr_node import hivescript
from localemr_node.scripts import FetchError, fetch


def main() -> int:
    """The command."""
    try:
        request = hivescript.read(sys.argv[1:])
        folders = (f"{os.getcwd()}/scripts/{number}" for number in itertools.count())
        args = hivescript.localized(request.args, lambda uri: fetch(uri, next(folders)))
    except (hivescript.Usage, FetchError) as error:
        print(f"hive-script: {error}", file=sys.stderr)
        return 1
    if not request.run:
        return 0
    try:
        os.execvp("hive", ("hive", *args))
    except FileNotFoundError:
        print("hive-script: Hive is not installed", file=sys.stderr)
        return 127
