"""A catalog in memory, for the memory runtime. It stores the same members as the real one (glue/hive/)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from localemr.domain.node.shared_catalog import WAREHOUSE
from localemr.glue import texts
from localemr.glue.catalog import Document, Values

DEFAULT = "default"
VIEW = "VIRTUAL_VIEW"


@dataclass
class _Table:
    document: Document
    partitions: dict[Values, Document] = field(default_factory=dict)


@dataclass
class _Database:
    document: Document
    tables: dict[str, _Table] = field(default_factory=dict)
    functions: dict[str, Document] = field(default_factory=dict)


class MemoryCatalog:
    """See `Catalog`. `now` gives epoch seconds. A database `default` exists from the beginning, as in Hive's."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._clock = now
        self._lock = threading.RLock()
        self._databases: dict[str, _Database] = {}
        self.create_database({"Name": DEFAULT, "Description": "Default Hive database", "LocationUri": WAREHOUSE})

    def close(self) -> None:
        """No connections to close."""

    # ---- databases

    def databases(self) -> Sequence[Document]:
        with self._lock:
            return [self._databases[name].document for name in sorted(self._databases)]

    def database(self, name: str) -> Document | None:
        with self._lock:
            found = self._databases.get(name)
            return found.document if found else None

    def create_database(self, database: Document) -> None:
        name = database["Name"]
        with self._new(self._databases, name, "Database"):
            self._databases[name] = _Database({**database} | {"CreateTime": self._seconds()})

    def alter_database(self, database: Document) -> None:
        with self._database(database["Name"]) as found:
            created = {"CreateTime": found.document["CreateTime"]}
            found.document = {**database} | created

    def drop_database(self, name: str) -> None:
        with self._database(name):
            del self._databases[name]

    # ---- tables

    def tables(self, database: str) -> Sequence[Document]:
        with self._database(database) as found:
            return [found.tables[name].document for name in sorted(found.tables)]

    def table(self, database: str, name: str) -> Document | None:
        with self._lock:
            found = self._databases.get(database)
            table = found.tables.get(name) if found else None
            return table.document if table else None

    def create_table(self, table: Document) -> None:
        with self._database(table["DatabaseName"]) as found, self._new(found.tables, table["Name"], "Table"):
            now = self._seconds()
            times = {"CreateTime": now, "UpdateTime": now}
            found.tables[table["Name"]] = _Table(_placed(found.document, table) | times)

    def alter_table(self, table: Document) -> None:
        with self._table(table["DatabaseName"], table["Name"]) as found:
            database = self._databases[table["DatabaseName"]].document
            times = {"CreateTime": found.document["CreateTime"], "UpdateTime": self._seconds()}
            found.document = _placed(database, table) | times

    def drop_table(self, database: str, name: str) -> None:
        with self._table(database, name):
            del self._databases[database].tables[name]

    # ---- partitions

    def values(self, database: str, table: str) -> Sequence[Values]:
        with self._table(database, table) as found:
            return sorted(found.partitions)

    def partitions(self, database: str, table: str, requested: Sequence[Values]) -> Sequence[Document]:
        with self._table(database, table) as found:
            return [found.partitions[values] for values in requested if values in found.partitions]

    def add_partitions(self, database: str, table: str, partitions: Sequence[Document]) -> None:
        with self._table(database, table) as found:
            added: dict[Values, Document] = {}
            for partition in partitions:
                values = tuple(partition["Values"])
                if values in found.partitions or values in added:
                    raise texts.exists("Partition")
                added[values] = {**partition, "CreationTime": self._seconds()}
            found.partitions.update(added)

    def alter_partitions(self, database: str, table: str, partitions: Sequence[Document]) -> None:
        with self._table(database, table) as found:
            if not all(tuple(partition["Values"]) in found.partitions for partition in partitions):
                raise texts.no_partition()
            for partition in partitions:
                values = tuple(partition["Values"])
                created = {"CreationTime": found.partitions[values]["CreationTime"]}
                found.partitions[values] = {**partition, **created}

    def drop_partition(self, database: str, table: str, values: Values) -> None:
        with self._table(database, table) as found:
            if values not in found.partitions:
                raise texts.no_partition()
            del found.partitions[values]

    # ---- functions

    def functions(self, database: str) -> Sequence[Document]:
        with self._database(database) as found:
            return [found.functions[name] for name in sorted(found.functions)]

    def create_function(self, function: Document) -> None:
        name = function["FunctionName"]
        with self._database(function["DatabaseName"]) as found, self._new(found.functions, name, "Function"):
            found.functions[name] = {**function, "CreateTime": self._seconds()}

    def alter_function(self, name: str, function: Document) -> None:
        with self._database(function["DatabaseName"]) as found:
            if name not in found.functions:
                raise texts.no_function(name)
            if function["FunctionName"] != name and function["FunctionName"] in found.functions:
                raise texts.exists("Function")
            del found.functions[name]
            self.create_function(function)

    def drop_function(self, database: str, name: str) -> None:
        with self._database(database) as found:
            if name not in found.functions:
                raise texts.no_function(name)
            del found.functions[name]

    # ---- finding

    def _seconds(self) -> float:
        """The time with Hive's precision."""
        return float(int(self._clock()))

    @contextmanager
    def _database(self, name: str) -> Iterator[_Database]:
        with self._lock:
            if name not in self._databases:
                raise texts.no_database(name)
            yield self._databases[name]

    @contextmanager
    def _table(self, database: str, name: str) -> Iterator[_Table]:
        with self._database(database) as found:
            if name not in found.tables:
                raise texts.no_table(name)
            yield found.tables[name]

    @contextmanager
    def _new(self, among: dict[str, Any], name: str, kind: str) -> Iterator[None]:
        with self._lock:
            if name in among:
                raise texts.exists(kind)
            yield


def _placed(database: Document, table: Document) -> dict[str, Any]:
    """The table with a location, unless it is a view."""
    storage = table.get("StorageDescriptor", {})
    if table.get("TableType") == VIEW or storage.get("Location"):
        return dict(table)
    location = f"{database['LocationUri'].rstrip('/')}/{table['Name']}"
    return {**table, "StorageDescriptor": {**storage, "Location": location}}
