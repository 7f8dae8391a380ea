"""Glue's documents as Hive's structs and back."""

from __future__ import annotations

from typing import Any

import pytest

from localemr.glue.errors import InternalServiceException, InvalidInputException
from localemr.glue.hive import client
from localemr.glue.hive.mapping import (
    REST,
    from_database,
    from_function,
    from_partition,
    from_table,
    to_database,
    to_function,
    to_partition,
    to_table,
)
from localemr.glue.hive.partition_names import partition_name, values_in
from tests.contract.glue.tables import holds, table

FULL: dict[str, Any] = {
    **table("t", {"day": "date"}),
    "DatabaseName": "db",
    "Description": "words",
    "LastAccessTime": 1.5,
    "CreatedBy": "me",
    "PartitionIndexes": [{"IndexName": "i", "Keys": ["day"]}],
    "StorageDescriptor": {
        "Columns": [{"Name": "id", "Type": "int", "Parameters": {"p": "1"}}],
        "Location": "s3://b/t",
        "AdditionalLocations": ["s3://b/u"],
        "SkewedInfo": {"SkewedColumnNames": ["id"]},
        "SerdeInfo": {"SerializationLibrary": "S", "Parameters": {"a": "b"}},
        "SortColumns": [{"Column": "id", "SortOrder": 0}],
    },
}


def test_a_table_comes_back_as_it_was() -> None:
    hive = to_table(FULL)
    assert hive.parameters["EXTERNAL"] == "TRUE"
    assert "Description" in hive.parameters[REST]
    assert holds(from_table(hive), FULL)


def test_what_hive_adds_is_shown_of_its_own_tables_alone() -> None:
    hive = to_table(FULL)
    hive.parameters |= {"transient_lastDdlTime": "1700000000", "totalSize": "5"}
    found = from_table(hive)
    assert found["Parameters"] == FULL["Parameters"]
    assert found["UpdateTime"] == 1_700_000_000.0
    del hive.parameters[REST]
    assert {"EXTERNAL", "totalSize"} <= from_table(hive)["Parameters"].keys()


def test_what_the_user_gave_is_shown_though_hive_would_add_it() -> None:
    given = {**FULL, "Parameters": {"EXTERNAL": "TRUE", "totalSize": "7"}}
    assert from_table(to_table(given))["Parameters"] == given["Parameters"]


def test_a_table_without_a_type_is_external_to_hive() -> None:
    untyped = {name: value for name, value in FULL.items() if name != "TableType"}
    assert to_table(untyped).tableType == "EXTERNAL_TABLE"
    assert "TableType" not in from_table(to_table(untyped))


def test_databases_partitions_and_functions_come_back_as_they_were() -> None:
    database = {"Name": "d", "LocationUri": "s3://b/d", "CreateTime": 5.0, "Parameters": {"a": "b"}}
    database["UnsetLocation"] = "s3://b/d"
    assert from_database(to_database(database)) == database
    described = to_database({**database, "Description": "words"}, "older words")
    assert from_database(described)["Description"] == "words"
    forgetful = to_database(database, "words")
    forgetful.description = "words"
    assert from_database(forgetful) == database
    partition = {"Values": ["a"], "Parameters": {"n": "1"}, "LastAnalyzedTime": 2.5,
                 "StorageDescriptor": FULL["StorageDescriptor"]}  # fmt: skip
    assert holds(from_partition(to_partition("d", "t", partition)), partition)
    function = {"FunctionName": "f", "DatabaseName": "d", "ClassName": "C", "OwnerType": "GROUP",
                "ResourceUris": [{"ResourceType": "FILE", "Uri": "s3://b/f"}]}  # fmt: skip
    assert holds(from_function(to_function(function)), function)


@pytest.mark.parametrize("values", [("2024-01-01", "Köln"), ("a/b=c", "100%"), ("{[x]^}", "q\"'*:?\\#"), ("\x01", " ")])
def test_names_of_partitions(values: tuple[str, str]) -> None:
    name = partition_name(["day", "town"], values)
    assert name.count("/") == 1
    assert values_in(name) == values


def test_a_name_as_hive_writes_it() -> None:
    assert partition_name(["a", "b"], ["x y/z", "1:2"]) == "a=x y%2Fz/b=1%3A2"


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("Exception thrown when executing query : JDOException", InternalServiceException),
        ("Unable to open a test connection to the given database", InternalServiceException),
        ("JDODataStoreException: value too long for type character varying(767)", InvalidInputException),
        ("Invalid column name", InvalidInputException),
    ],
)
def test_what_an_exception_of_the_metastore_means(message: str, error: type[Exception]) -> None:
    with pytest.raises(error), client._explained():
        raise client.idl().MetaException(message=message)


def test_a_catalog_that_cannot_be_reached() -> None:
    def nowhere() -> tuple[str, int]:
        raise OSError("the container did not answer")

    with pytest.raises(InternalServiceException, match="did not answer"):
        client.Metastore(nowhere).call("get_all_databases")


class Answers:
    """A metastore's client without its database, or with it."""

    def __init__(self, well: bool) -> None:
        self._well = well

    def get_database(self, name: str) -> object:
        if not self._well or name != "default":
            raise client.idl().NoSuchObjectException(message=name)
        return object()

    def get_all_databases(self) -> list[str]:
        return []


@pytest.mark.parametrize(("call", "arguments"), [("get_database", ("x",)), ("get_all_databases", ())])
def test_a_metastore_that_finds_nothing_is_called_for_what_is_always_there(
    call: str, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(InternalServiceException, match="catalog's database failed"):
        client._checked_call(Answers(False), call, arguments)
    if call == "get_database":
        with pytest.raises(client.idl().NoSuchObjectException):
            client._checked_call(Answers(True), call, arguments)
    else:
        assert client._checked_call(Answers(True), call, arguments) == []
