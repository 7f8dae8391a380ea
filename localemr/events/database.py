"""The SQLite file of rules, targets, and events on their way. Every commit is on disk before it counts."""

from __future__ import annotations

from pathlib import Path

from localemr.aws.database import Database

VERSION = 1


def open_database(path: Path | str) -> Database:
    """The file at `path` (`:memory:` for none). Raises ValueError for one of a newer LocalEMR."""
    return Database(path, "localemr.events", VERSION, "the file of events has", "synchronous=FULL", "foreign_keys=ON")
