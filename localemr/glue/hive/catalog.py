"""A `Catalog` in a Hive metastore. Dropping never deletes data."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from localemr.glue import texts
from localemr.glue.catalog import Document, Values
from localemr.glue.errors import GlueError
from localemr.glue.hive import mapping
from localemr.glue.hive.client import Metastore, idl
from localemr.glue.hive.partition_names import partition_name, values_in

AT_ONCE = 500
"""Tables and partitions requested in one call."""
KEEP_DATA = False
CASCADE = True
PLAIN = {"DO_NOT_UPDATE_STATS": "true"}
"""The metastore does not look at the files for statistics."""


class HiveCatalog:
    """See `Catalog`. `now` gives epoch seconds, for objects that get no time from the metastore."""

    def __init__(self, metastore: Metastore, now: Callable[[], float] = time.time) -> None:
        self._call = metastore.call
        self._now = now
        self.close = metastore.close

    # ---- databases

    def databases(self) -> Sequence[Document]:
        found = (self.database(name) for name in sorted(self._call("get_all_databases")))
        return [each for each in found if each is not None]

    def database(self, name: str) -> Document | None:
        found = self._found("get_database", name)
        return None if found is None else mapping.from_database(found)

    def create_database(self, database: Document) -> None:
        made = {"CreateTime": float(int(self._now())), **database}
        with _translated(texts.no_database(database["Name"]), "Database"):
            self._call("create_database", mapping.to_database(made))

    def alter_database(self, database: Document) -> None:
        name = database["Name"]
        there = self._found("get_database", name)
        if there is None:
            raise texts.no_database(name)
        created = mapping.from_database(there).get("CreateTime")
        kept = {} if created is None else {"CreateTime": created}
        changed = mapping.to_database({**kept, **database}, there.description)
        with _translated(texts.no_database(name), "Database"):
            self._call("alter_database", name, changed)

    def drop_database(self, name: str) -> None:
        with _translated(texts.no_database(name), "Database"):
            self._call("drop_database", name, KEEP_DATA, CASCADE)

    # ---- tables

    def tables(self, database: str) -> Sequence[Document]:
        names = sorted(self._call("get_all_tables", database))
        if not names:
            self._the_database(database)
        found: list[Any] = []
        for begin in range(0, len(names), AT_ONCE):
            found += self._call("get_table_objects_by_name", database, names[begin : begin + AT_ONCE])
        return sorted(map(mapping.from_table, found), key=lambda table: str(table["Name"]))

    def table(self, database: str, name: str) -> Document | None:
        found = self._found("get_table", database, name)
        return None if found is None else mapping.from_table(found)

    def create_table(self, table: Document) -> None:
        with _translated(texts.no_database(table["DatabaseName"]), "Table"):
            self._call("create_table_with_environment_context", mapping.to_table(table), _context())

    def alter_table(self, table: Document) -> None:
        database, name = table["DatabaseName"], table["Name"]
        there = self._found("get_table", database, name)
        if there is None:
            raise texts.no_table(name)
        changed = mapping.to_table(table)
        changed.createTime = there.createTime
        with _translated(texts.no_table(name), "Table"):
            self._call("alter_table_with_environment_context", database, name, changed, _context())

    def drop_table(self, database: str, name: str) -> None:
        with _translated(texts.no_table(name), "Table"):
            self._call("drop_table", database, name, KEEP_DATA)

    # ---- partitions

    def values(self, database: str, table: str) -> Sequence[Values]:
        with _translated(texts.no_table(table), "Table"):
            return sorted(map(values_in, self._call("get_partition_names", database, table, -1)))

    def partitions(self, database: str, table: str, requested: Sequence[Values]) -> Sequence[Document]:
        keys = self._keys(database, table)
        names = [partition_name(keys, values) for values in requested]
        found: dict[Values, Document] = {}
        for begin in range(0, len(names), AT_ONCE):
            for each in self._call("get_partitions_by_names", database, table, names[begin : begin + AT_ONCE]):
                found[tuple(each.values)] = mapping.from_partition(each)
        return [found[values] for values in requested if values in found]

    def add_partitions(self, database: str, table: str, partitions: Sequence[Document]) -> None:
        with _translated(texts.no_table(table), "Partition"):
            self._call("add_partitions", [mapping.to_partition(database, table, each) for each in partitions])

    def alter_partitions(self, database: str, table: str, partitions: Sequence[Document]) -> None:
        there = {tuple(each["Values"]): each for each in
                 self.partitions(database, table, [tuple(each["Values"]) for each in partitions])}  # fmt: skip
        changed = []
        for partition in partitions:
            old = there.get(tuple(partition["Values"]))
            if old is None:
                raise texts.no_partition()
            new = mapping.to_partition(database, table, partition)
            new.createTime = int(old["CreationTime"])
            changed.append(new)
        with _translated(texts.no_partition(), "Partition"):
            self._call("alter_partitions", database, table, changed)

    def drop_partition(self, database: str, table: str, values: Values) -> None:
        with _translated(texts.no_partition(), "Partition"):
            self._call("drop_partition", database, table, list(values), KEEP_DATA)

    # ---- functions

    def functions(self, database: str) -> Sequence[Document]:
        found = self._call("get_all_functions").functions or ()
        own = (mapping.from_function(each) for each in found if each.dbName == database)
        return sorted(own, key=lambda function: str(function["FunctionName"]))

    def create_function(self, function: Document) -> None:
        with _translated(texts.no_database(function["DatabaseName"]), "Function"):
            self._call("create_function", mapping.to_function(function))

    def alter_function(self, name: str, function: Document) -> None:
        # The metastore's own alter_function leaves the jars as they are.
        database, new_name = function["DatabaseName"], function["FunctionName"]
        if new_name != name and any(each["FunctionName"] == new_name for each in self.functions(database)):
            raise texts.exists("Function")
        self.drop_function(database, name)
        self.create_function(function)

    def drop_function(self, database: str, name: str) -> None:
        with _translated(texts.no_function(name), "Function"):
            self._call("drop_function", database, name)

    # ---- finding

    def _found(self, name: str, *arguments: str) -> Any | None:
        try:
            return self._call(name, *arguments)
        except idl().NoSuchObjectException:
            return None

    def _the_database(self, name: str) -> Document:
        found = self.database(name)
        if found is None:
            raise texts.no_database(name)
        return found

    def _keys(self, database: str, table: str) -> list[str]:
        found = self._found("get_table", database, table)
        if found is None:
            raise texts.no_table(table)
        return [key.name for key in found.partitionKeys or ()]


def _context() -> Any:
    return idl().EnvironmentContext(properties=PLAIN)


@contextmanager
def _translated(missing: GlueError, kind: str) -> Iterator[None]:
    """Raise the metastore's NoSuchObject and AlreadyExists as Glue's errors."""
    found = idl()
    try:
        yield
    except found.NoSuchObjectException:
        raise missing from None
    except found.AlreadyExistsException:
        raise texts.exists(kind) from None
