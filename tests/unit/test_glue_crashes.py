"""The controller is killed before and after each write of the two stores of tables: no version is lost or doubled."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localemr.glue import OPERATIONS, Catalog, Context, MemoryCatalog, Versions
from localemr.glue.errors import ConcurrentModificationException, EntityNotFoundException, InternalServiceException
from localemr.glue.hive.catalog import HiveCatalog
from localemr.glue.hive.client import idl
from tests.contract.glue.tables import table

WRITES = ("create_table", "alter_table", "drop_table", "archive", "forget")
NAMED = {"DatabaseName": "db", "TableName": "t"}


class FakeMetastore:
    """The calls that tables need, kept as structs, copied in and out. A struct holds whole seconds, as Hive's."""

    def __init__(self) -> None:
        self.tables: dict[tuple[str, str], Any] = {}
        self.seconds = 1000

    def call(self, name: str, *arguments: Any) -> Any:
        """See Metastore."""
        return getattr(self, name)(*copy.deepcopy(arguments))

    def close(self) -> None:
        """Nothing to close."""

    def get_database(self, name: str) -> Any:
        return idl().Database(name=name, locationUri="s3://b/db", parameters={})

    def get_table(self, database: str, name: str) -> Any:
        if (database, name) not in self.tables:
            raise idl().NoSuchObjectException(message=name)
        return copy.deepcopy(self.tables[database, name])

    def create_table_with_environment_context(self, made: Any, context: Any) -> None:
        self.seconds += 1
        made.createTime = self.seconds
        self.tables[made.dbName, made.tableName] = made

    def alter_table_with_environment_context(self, database: str, name: str, changed: Any, context: Any) -> None:
        self.tables[database, name] = changed

    def drop_table(self, database: str, name: str, data: bool) -> None:
        del self.tables[database, name]


class Killed(BaseException):
    """The controller's process ends here; nothing of it goes on."""


class Stores:
    """Both stores, of which the writes are counted. `failure` is raised at the boundary `fatal`: 2n is before the n-th
    write, 2n+1 after it."""

    def __init__(self, catalog: Catalog, file: Path) -> None:
        self.catalog, self.file = catalog, file
        self.written: list[str] = []
        self.fatal = -1
        self.failure: BaseException = Killed()
        self.restart()

    def restart(self) -> None:
        """A new controller over what is on disk."""
        self.fatal = -1
        self.versions = Versions(self.file)
        parts = (_Counted(self.catalog, self), _Counted(self.versions, self))
        self.context = Context(*parts, account="1")  # type: ignore[arg-type]

    def call(self, name: str, **request: Any) -> Any:
        return OPERATIONS.call(name, self.context, request)

    def until(self, boundary: int, failure: BaseException, change: Callable[[], Any]) -> bool:
        """Make the change, with the failure at that boundary; False when it has fewer boundaries."""
        self.written, self.fatal, self.failure = [], boundary, failure
        try:
            change()
        except (Killed, InternalServiceException):
            self.versions.close()
            self.restart()
            return True
        self.fatal = -1
        return False


class _Counted:
    def __init__(self, inner: Any, stores: Stores) -> None:
        self._inner, self._stores = inner, stores

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in WRITES:
            return method

        def counted(*arguments: Any, **options: Any) -> Any:
            stores = self._stores
            number = len(stores.written)
            stores.written.append(name)
            if stores.fatal == 2 * number:
                raise stores.failure
            result = method(*arguments, **options)
            if stores.fatal == 2 * number + 1:
                raise stores.failure
            return result

        return counted


def make_memory() -> Catalog:
    seconds = iter(range(1000, 100000))
    catalog = MemoryCatalog(lambda: float(next(seconds)))
    catalog.create_database({"Name": "db"})
    return catalog


def make_hive() -> Catalog:
    return HiveCatalog(FakeMetastore())  # type: ignore[arg-type]


@pytest.fixture(params=[make_memory, make_hive], ids=["memory", "metastore"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    made = Stores(request.param(), tmp_path / "versions.db")
    yield made
    made.versions.close()


FAILURES = [Killed(), InternalServiceException("The catalog failed: timed out")]
"""Killed, or a metastore that does not answer: at the boundary after the write it has done what it was to do."""


def history(stores: Stores) -> list[tuple[int, str]]:
    """Version and owner, newest first; each version is shown one by one as well."""
    found = stores.call("GetTableVersions", **NAMED)["TableVersions"]
    for each in found:
        one = stores.call("GetTableVersion", **NAMED, VersionId=each["VersionId"])["TableVersion"]
        assert one == each
    return [(int(each["VersionId"]), each["Table"]["Owner"]) for each in found]


def update(stores: Stores, owner: str, **more: Any) -> None:
    stores.call("UpdateTable", DatabaseName="db", TableInput=table("t", Owner=owner), **more)


def whole(number: int) -> list[tuple[int, str]]:
    return [(each, f"v{each}") for each in range(number, -1, -1)]


@pytest.mark.parametrize("failure", FAILURES, ids=["killed", "no answer"])
@pytest.mark.parametrize("before", [0, 1, 3])
def test_an_update_is_made_or_not(stores: Stores, before: int, failure: BaseException) -> None:
    stores.call("CreateTable", DatabaseName="db", TableInput=table("t", Owner="v0"))
    for number in range(before):
        update(stores, f"v{number + 1}", VersionId=str(number))
    boundary = present = 0
    while True:
        present = history(stores)[0][0]
        change = lambda at=present: update(stores, f"v{at + 1}", VersionId=str(at))  # noqa: E731
        if not stores.until(boundary, failure, change):
            break
        found = history(stores)
        assert found in (whole(present), whole(present + 1))
        # The caller, who does not know, tries again with what it saw: it never changes a change.
        try:
            update(stores, f"v{present + 1}", VersionId=str(present))
            assert found == whole(present)
        except ConcurrentModificationException:
            assert found == whole(present + 1)
        assert history(stores) == whole(present + 1)
        boundary += 1
    assert boundary == 4
    assert stores.written == ["archive", "alter_table"]


@pytest.mark.parametrize("boundary", range(4))
def test_a_version_that_is_not_to_be_kept_is_not_there_after_a_crash(stores: Stores, boundary: int) -> None:
    stores.call("CreateTable", DatabaseName="db", TableInput=table("t", Owner="v0"))
    update(stores, "v1")
    assert stores.until(boundary, Killed(), lambda: update(stores, "v2"))
    if history(stores)[0][0] == 1:
        update(stores, "v2", SkipArchive=True)
        assert history(stores) == [(2, "v2"), (0, "v0")]
    else:
        assert history(stores) == whole(2)


@pytest.mark.parametrize("boundary", range(4))
def test_a_deleted_table_leaves_nothing_to_the_next_of_its_name(stores: Stores, boundary: int) -> None:
    stores.call("CreateTable", DatabaseName="db", TableInput=table("t", Owner="old"))
    for _ in range(3):
        update(stores, "old")
    assert stores.until(boundary, Killed(), lambda: stores.call("DeleteTable", DatabaseName="db", Name="t"))
    try:
        stores.call("DeleteTable", DatabaseName="db", Name="t")
    except EntityNotFoundException:
        assert boundary > 0
    stores.call("CreateTable", DatabaseName="db", TableInput=table("t", Owner="v0"))
    assert history(stores) == whole(0)
    update(stores, "v1", SkipArchive=True)
    assert history(stores) == [(1, "v1")]
    update(stores, "v2")
    assert history(stores) == [(2, "v2"), (1, "v1")]


def test_a_table_that_spark_has_made_anew_begins_at_0(stores: Stores) -> None:
    stores.call("CreateTable", DatabaseName="db", TableInput=table("t", Owner="old"))
    update(stores, "old")
    stores.catalog.drop_table("db", "t")
    stores.catalog.create_table({**table("t", Owner="v0"), "DatabaseName": "db"})
    assert history(stores) == whole(0)
    update(stores, "v1", VersionId="0")
    assert history(stores) == whole(1)


def test_versions_of_before_the_catalog_kept_them_go_on(stores: Stores) -> None:
    """A row as LocalEMR wrote it when the number was in SQLite alone."""
    stores.call("CreateTable", DatabaseName="db", TableInput=table("t", Owner="v2"))
    there = stores.catalog.table("db", "t")
    assert there is not None
    with stores.versions._db as db:
        db.execute("INSERT INTO present VALUES ('db', 't', ?, 2)", [there["CreateTime"]])
    stores.versions.archive({**there, "Owner": "v2"}, keep=True)
    assert history(stores)[0] == (2, "v2")
    update(stores, "v3", VersionId="2")
    assert history(stores) == [(3, "v3"), (2, "v2")]


def test_what_is_written_first_is_on_the_disk_first(stores: Stores) -> None:
    assert stores.versions._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
