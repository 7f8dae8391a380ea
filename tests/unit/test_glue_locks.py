"""Locks of the catalog, and that every change of it is made under its lock."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from localemr.glue import OPERATIONS, Context, MemoryCatalog, Versions
from localemr.glue.locks import Locks
from tests.contract.glue.tables import partition, table

DB = {"DatabaseName": "db"}
NAMED = {**DB, "TableName": "t"}
FUNCTION = {"FunctionName": "f", "ClassName": "a.B"}
INDEX = {"IndexName": "i", "Keys": ["day"]}
CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("CreateDatabase", {"DatabaseInput": {"Name": "DB"}}),
    ("UpdateDatabase", {"Name": "dB", "DatabaseInput": {"Name": "db", "Description": "d"}}),
    ("CreateTable", {**DB, "TableInput": table("T", {"day": "string"})}),
    ("UpdateTable", {**DB, "TableInput": table("t", {"day": "string"})}),
    ("UpdateTable", {**DB, "TableInput": table("t", {"day": "string"})}),
    ("UpdateTable", {**DB, "TableInput": table("t", {"day": "string"}), "SkipArchive": True}),
    ("DeleteTableVersion", {**NAMED, "VersionId": "0"}),
    ("BatchDeleteTableVersion", {**NAMED, "VersionIds": ["1"]}),
    ("CreatePartitionIndex", {**NAMED, "PartitionIndex": INDEX}),
    ("DeletePartitionIndex", {**NAMED, "IndexName": "i"}),
    ("CreatePartition", {**NAMED, "PartitionInput": partition("1")}),
    ("BatchCreatePartition", {**NAMED, "PartitionInputList": [partition("2"), partition("3")]}),
    ("UpdatePartition", {**NAMED, "PartitionValueList": ["1"], "PartitionInput": partition("4")}),
    ("BatchUpdatePartition",
     {**NAMED, "Entries": [{"PartitionValueList": ["2"], "PartitionInput": partition("2", Parameters={"a": "b"})}]}),
    ("DeletePartition", {**NAMED, "PartitionValues": ["4"]}),
    ("BatchDeletePartition", {**NAMED, "PartitionsToDelete": [{"Values": ["2"]}]}),
    ("CreateUserDefinedFunction", {**DB, "FunctionInput": FUNCTION}),
    ("UpdateUserDefinedFunction", {**DB, "FunctionName": "f", "FunctionInput": FUNCTION}),
    ("DeleteUserDefinedFunction", {**DB, "FunctionName": "f"}),
    ("DeleteTable", {**DB, "Name": "t"}),
    ("CreateTable", {**DB, "TableInput": table("t")}),
    ("BatchDeleteTable", {**DB, "TablesToDelete": ["t"]}),
    ("DeleteDatabase", {"Name": "db"}),
]  # fmt: skip


class Guarded:
    """A part of the context whose changing calls are noted, and refused without the lock of what they change.

    What an operation reads before its first change must be read under the lock, too: `reads` holds what was not.
    """

    def __init__(self, inner: Any, locks: Locks, changes: list[str], reads: list[str]) -> None:
        self._inner, self._locks, self._changes, self._reads = inner, locks, changes, reads

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if not callable(method):
            return method

        def guarded(*arguments: Any, **options: Any) -> Any:
            path = _path(name, arguments)
            held = path is not None and self._locks.held(*path)
            if name.startswith(("create_", "alter_", "drop_", "add_", "archive", "forget", "delete")):
                assert name == "archived" or held, f"{name} without its lock"
                self._changes.append(name)
            elif name in ("table", "partitions") and not held:
                self._reads.append(name)
            return method(*arguments, **options)

        return guarded


def _path(name: str, arguments: tuple[Any, ...]) -> tuple[str, ...] | None:
    """The path of what a call changes or reads, from its document or its names; None: it is of no single thing."""
    document = next((each for each in arguments if isinstance(each, dict)), None)
    if "function" in name:
        return (document["DatabaseName"] if document else arguments[0], "functions")
    if "database" in name or name == "forget_all":
        return (document["Name"] if document else arguments[0],)
    if document and "DatabaseName" in document:
        return (document["DatabaseName"], "tables", document["Name"])
    return (arguments[0], "tables", arguments[1]) if len(arguments) > 1 else None


def test_every_change_is_made_under_its_lock() -> None:
    locks, changes, reads = Locks(), list[str](), list[str]()
    catalog = Guarded(MemoryCatalog(lambda: 1.0), locks, changes, reads)
    versions = Guarded(Versions(":memory:"), locks, changes, reads)
    context = Context(catalog, versions, "1", locks=locks)  # type: ignore[arg-type]
    for name, request in CHANGES:
        changes.clear()
        reads.clear()
        answer = OPERATIONS.call(name, context, request)
        assert not (answer or {}).get("Errors"), name
        assert changes, name
        assert not reads, f"{name} reads what it then changes without the lock"
        assert not locks._line


def test_these_are_all_operations_that_change_anything() -> None:
    words = ("Create", "Update", "Delete", "BatchCreate", "BatchUpdate", "BatchDelete")
    assert {name for name in OPERATIONS if name.startswith(words)} == {name for name, _ in CHANGES}


@pytest.mark.parametrize(
    ("one", "other", "waits"),
    [
        (("db", "tables", "t"), ("db", "tables", "T"), True),
        (("db", "tables", "t"), ("db", "tables", "u"), False),
        (("db", "tables", "t"), ("other", "tables", "t"), False),
        (("db", "tables", "t"), ("db", "functions"), False),
        (("db",), ("db", "tables", "t"), True),
        (("db", "functions"), ("db",), True),
    ],
)
def test_what_waits_for_what(one: tuple[str, ...], other: tuple[str, ...], waits: bool) -> None:
    locks = Locks()
    entered = threading.Event()

    def enter() -> None:
        with locks.hold(*other):
            entered.set()

    with locks.hold(*one):
        thread = threading.Thread(target=enter)
        thread.start()
        while len(locks._line) < 2 and not entered.is_set():
            time.sleep(0.001)
        assert entered.wait(0 if waits else 10) != waits
    thread.join(10)
    assert entered.is_set()


def test_a_lock_is_let_go_after_an_error() -> None:
    locks = Locks()
    with pytest.raises(ValueError, match="no"), locks.table("db", "t"):
        raise ValueError("no")
    with locks.database("db"):
        assert locks.held("db", "tables", "t")
    assert not locks.held("db", "tables", "t")
