"""Tables of Glue's catalog."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.glue.tables import holds, refused, storage, table


def shown(glue: Any, db: str, name: str) -> dict[str, Any]:
    return glue.get_table(DatabaseName=db, Name=name)["Table"]


def names(answer: dict[str, Any]) -> list[str]:
    return [each["Name"] for each in answer["TableList"]]


@pytest.mark.shows("glue", "CreateTable", "GetTable")
def test_made_and_shown(glue: Any, db: str) -> None:
    columns = [
        {"Name": "id", "Type": "bigint", "Comment": "the number", "Parameters": {"k": "v"}},
        {"Name": "deep", "Type": "struct<a:array<string>,b:map<string,decimal(10,2)>>"},
    ]
    layout = {
        **storage("t", x="int"), "Columns": columns, "Compressed": True, "NumberOfBuckets": 4, "BucketColumns": ["id"],
        "SortColumns": [{"Column": "id", "SortOrder": 1}], "Parameters": {"s": "1"}, "StoredAsSubDirectories": False,
    }  # fmt: skip
    requested = table(
        "t", {"day": "date"}, Description="ein Täble", Owner="me", Retention=3, StorageDescriptor=layout,
        Parameters={"classification": "parquet", "empty": "", "long": "x" * 5000},
    )  # fmt: skip
    glue.create_table(DatabaseName=db.upper(), TableInput={**requested, "Name": "T"})
    found = shown(glue, db, "T")
    assert holds(found, requested)
    assert found["Parameters"] == requested["Parameters"]
    assert found["DatabaseName"] == db
    assert found["VersionId"] == "0"
    assert found["CreateTime"] == found["UpdateTime"]
    assert ":user/" in found["CreatedBy"]
    assert found["IsRegisteredWithLakeFormation"] is False
    assert refused(glue.create_table, "AlreadyExistsException", DatabaseName=db, TableInput=requested) == (
        "Table already exists."
    )


def test_the_least_there_is(glue: Any, db: str) -> None:
    glue.create_table(DatabaseName=db, TableInput={"Name": "bare"})
    found = shown(glue, db, "bare")
    assert found["PartitionKeys"] == []
    assert found["Parameters"] == {}
    assert found["StorageDescriptor"]["Location"] == f"s3://localemr-catalog/warehouse/{db}.db/bare"


def test_names_of_columns_have_no_case(glue: Any, db: str) -> None:
    glue.create_table(DatabaseName=db, TableInput=table("t", {"Day": "date"}, StorageDescriptor=storage("t", Id="int")))
    found = shown(glue, db, "t")
    assert found["StorageDescriptor"]["Columns"] == [{"Name": "id", "Type": "int"}]
    assert found["PartitionKeys"] == [{"Name": "day", "Type": "date"}]
    twice = table("u", {"ID": "int"})
    assert "id is there twice" in refused(glue.create_table, "InvalidInputException", DatabaseName=db, TableInput=twice)


def test_a_view(glue: Any, db: str) -> None:
    view = {
        "Name": "v", "TableType": "VIRTUAL_VIEW", "ViewOriginalText": "select 1 as id", "ViewExpandedText": "select 1",
        "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "int"}]},
    }  # fmt: skip
    glue.create_table(DatabaseName=db, TableInput=view)
    found = shown(glue, db, "v")
    assert holds(found, view)


def test_what_is_not_there(glue: Any, db: str) -> None:
    assert refused(glue.get_table, "EntityNotFoundException", DatabaseName=db, Name="T") == "Table T not found."
    refused(glue.create_table, "EntityNotFoundException", DatabaseName="nope", TableInput=table("t"))
    refused(glue.get_tables, "EntityNotFoundException", DatabaseName="nope")
    refused(glue.update_table, "EntityNotFoundException", DatabaseName=db, TableInput=table("t"))
    refused(glue.delete_table, "EntityNotFoundException", DatabaseName=db, Name="t")


def test_what_is_wrong_with_a_table(glue: Any, db: str) -> None:
    refused(glue.create_table, "InvalidInputException", DatabaseName=db)
    refused(glue.create_table, "InvalidInputException", DatabaseName=db, TableInput={"Name": "a-b"})
    link = {"CatalogId": "0", "DatabaseName": "d", "Name": "n"}
    refused(glue.create_table, "InvalidInputException", DatabaseName=db, TableInput={"Name": "a", "TargetTable": link})
    iceberg = {"IcebergInput": {"MetadataOperation": "CREATE"}}
    request = {"DatabaseName": db, "TableInput": table("t"), "OpenTableFormatInput": iceberg}
    refused(glue.create_table, "InvalidInputException", **request)
    assert glue.get_tables(DatabaseName=db)["TableList"] == []


@pytest.mark.shows("glue", "GetTables")
def test_lists_by_pattern_and_in_pages(glue: Any, db: str) -> None:
    for name in ("log_b", "log_a", "sales", "old_log"):
        glue.create_table(DatabaseName=db, TableInput=table(name))
    assert names(glue.get_tables(DatabaseName=db)) == ["log_a", "log_b", "old_log", "sales"]
    for pattern, wanted in {
        "log*": ["log_a", "log_b"], "log.*": ["log_a", "log_b"], "*log*": ["log_a", "log_b", "old_log"],
        "LOG_A|sales": ["log_a", "sales"], "log": [], "": ["log_a", "log_b", "old_log", "sales"],
    }.items():  # fmt: skip
        assert names(glue.get_tables(DatabaseName=db, Expression=pattern)) == wanted, pattern
    for wrong in ("(", "(?=l)log", r"(a)\1", "l{1001}", "((l{99}){99}){99}"):
        refused(glue.get_tables, "InvalidInputException", DatabaseName=db, Expression=wrong)
    pages = list(glue.get_paginator("get_tables").paginate(DatabaseName=db, PaginationConfig={"PageSize": 3}))
    assert [names(page) for page in pages] == [["log_a", "log_b", "old_log"], ["sales"]]
    few = glue.get_tables(DatabaseName=db, AttributesToGet=["NAME", "TABLE_TYPE"])["TableList"]
    assert few[0] == {"Name": "log_a", "TableType": "EXTERNAL_TABLE"}


def test_a_pattern_takes_time_linear_in_the_name(glue: Any, db: str) -> None:
    """Python's matcher would take 2 to the 127th steps."""
    glue.create_table(DatabaseName=db, TableInput=table("a" * 128))
    for pattern in ("(a+)+b", "(a|a)*b", "a*" * 500 + "b"):
        assert names(glue.get_tables(DatabaseName=db, Expression=pattern)) == [], pattern
    assert names(glue.get_tables(DatabaseName=db, Expression="(a+)+")) == ["a" * 128]


def test_a_page_goes_on_after_a_table_that_was_deleted(glue: Any, db: str) -> None:
    for name in "abc":
        glue.create_table(DatabaseName=db, TableInput=table(name))
    token = glue.get_tables(DatabaseName=db, MaxResults=2)["NextToken"]
    glue.delete_table(DatabaseName=db, Name="b")
    assert names(glue.get_tables(DatabaseName=db, NextToken=token)) == ["c"]


@pytest.mark.shows("glue", "UpdateTable")
def test_update_replaces_and_archives(glue: Any, db: str) -> None:
    glue.create_table(DatabaseName=db, TableInput=table("t", {"day": "date"}, Description="old", Owner="me"))
    created = shown(glue, db, "t")["CreateTime"]
    wider = table("t", {"day": "date"}, StorageDescriptor=storage("t", id="string", other="double"), Parameters={})
    glue.update_table(DatabaseName=db, TableInput=wider, VersionId="0")
    found = shown(glue, db, "t")
    assert found["StorageDescriptor"]["Columns"] == wider["StorageDescriptor"]["Columns"]
    assert found["Parameters"] == {}
    assert "Description" not in found
    assert (found["VersionId"], found["CreateTime"]) == ("1", created)
    glue.update_table(DatabaseName=db, TableInput=wider, SkipArchive=True)
    assert shown(glue, db, "t")["VersionId"] == "2"
    kept = glue.get_table_versions(DatabaseName=db, TableName="t")["TableVersions"]
    assert [each["VersionId"] for each in kept] == ["2", "0"]
    with pytest.raises(ClientError, match="ConcurrentModification"):
        glue.update_table(DatabaseName=db, TableInput=wider, VersionId="1")
    refused(glue.update_table, "InvalidInputException", DatabaseName=db, TableInput=table("t", {"hour": "int"}))


@pytest.mark.shows("glue", "DeleteTable")
def test_deleted(glue: Any, db: str) -> None:
    glue.create_table(DatabaseName=db, TableInput=table("t", {"day": "date"}))
    glue.create_partition(DatabaseName=db, TableName="t", PartitionInput={"Values": ["2024-01-01"]})
    glue.update_table(DatabaseName=db, TableInput=table("t", {"day": "date"}))
    glue.delete_table(DatabaseName=db, Name="t")
    refused(glue.get_table, "EntityNotFoundException", DatabaseName=db, Name="t")
    glue.create_table(DatabaseName=db, TableInput=table("t", {"day": "date"}))
    assert shown(glue, db, "t")["VersionId"] == "0"
    assert glue.get_partitions(DatabaseName=db, TableName="t")["Partitions"] == []


@pytest.mark.shows("glue", "BatchDeleteTable")
def test_several_deleted(glue: Any, db: str) -> None:
    for name in "ab":
        glue.create_table(DatabaseName=db, TableInput=table(name))
    (error,) = glue.batch_delete_table(DatabaseName=db, TablesToDelete=["a", "x", "b"])["Errors"]
    assert error["TableName"] == "x"
    assert error["ErrorDetail"] == {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Table x not found."}
    assert glue.get_tables(DatabaseName=db)["TableList"] == []


@pytest.mark.shows("glue", "SearchTables")
def test_searched(glue: Any, db: str) -> None:
    glue.create_table(DatabaseName=db, TableInput=table("orders", Owner="ann", Description=f"Umsatz {db}"))
    glue.create_table(DatabaseName=db, TableInput=table("events", Owner="bob", Parameters={"team": f"x{db}"}))

    def found(**request: Any) -> list[str]:
        filters = [{"Key": "DatabaseName", "Value": db}, *request.pop("Filters", [])]
        return names(glue.search_tables(Filters=filters, **request))

    assert found() == ["events", "orders"]
    assert found(SearchText="umsatz") == ["orders"]
    assert found(SearchText=f"X{db}") == ["events"]
    assert found(SearchText="word") == ["events", "orders"]
    assert found(Filters=[{"Key": "Owner", "Value": "ann"}]) == ["orders"]
    assert found(Filters=[{"Key": "name", "Value": "vent"}]) == ["events"]
    assert found(Filters=[{"Key": "name", "Value": "vent", "Comparator": "EQUALS"}]) == []
    assert found(Filters=[{"Key": "CreateTime", "Value": "1", "Comparator": "GREATER_THAN"}]) == ["events", "orders"]
    assert found(SortCriteria=[{"FieldName": "Owner", "Sort": "DESC"}]) == ["events", "orders"]
    assert found(SortCriteria=[{"FieldName": "Owner"}]) == ["orders", "events"]
    assert found(SearchText="nowhere at all") == []
    refused(glue.search_tables, "InvalidInputException", Filters=[{"Key": "CreateTime", "Value": "soon"},
                                                                  {"Key": "Name", "Value": "x"}])  # fmt: skip
