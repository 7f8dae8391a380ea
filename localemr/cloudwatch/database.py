"""The SQLite file of metrics and alarms. Data points may be lost by a power cut, alarms too: it waits for no disk."""

from __future__ import annotations

from pathlib import Path

from localemr.aws.database import Database, script

VERSION = 1
PACKAGE = "localemr.cloudwatch"


def open_database(path: Path | str) -> Database:
    """The file at `path` (`:memory:` for none). Raises ValueError for one of a newer LocalEMR."""
    made = Database(path, PACKAGE, VERSION, "the metrics have", "synchronous=NORMAL")
    # Files of earlier releases have no table of actions.
    made.sql.executescript(script(PACKAGE, "actions.sql"))
    return made
