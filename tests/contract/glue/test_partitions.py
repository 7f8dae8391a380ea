"""Partitions of Glue's catalog."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.glue.tables import holds, partition, refused, storage, table

Named = dict[str, str]


@pytest.fixture
def named(glue: Any, db: str) -> Named:
    """A table with two keys."""
    glue.create_table(DatabaseName=db, TableInput=table("t", {"day": "date", "town": "string"}))
    return {"DatabaseName": db, "TableName": "t"}


def values(glue: Any, named: Named, **request: Any) -> list[list[str]]:
    return [each["Values"] for each in glue.get_partitions(**named, **request)["Partitions"]]


@pytest.mark.shows("glue", "CreatePartition", "GetPartition")
def test_made_and_shown(glue: Any, named: Named) -> None:
    requested = partition("2024-01-01", "Köln / Ä=b", Parameters={"rows": "3"})
    glue.create_partition(**named, PartitionInput=requested)
    found = glue.get_partition(**named, PartitionValues=requested["Values"])["Partition"]
    assert holds(found, requested)
    assert found["CreationTime"].year >= 2023
    assert (found["DatabaseName"], found["TableName"]) == (named["DatabaseName"], "t")
    assert values(glue, named) == [requested["Values"]]
    assert refused(glue.create_partition, "AlreadyExistsException", **named, PartitionInput=requested) == (
        "Partition already exists."
    )


def test_what_is_not_there_or_wrong(glue: Any, db: str, named: Named) -> None:
    nobody = {**named, "PartitionValues": ["2024-01-01", "x"]}
    assert refused(glue.get_partition, "EntityNotFoundException", **nobody) == "Cannot find partition."
    refused(glue.get_partition, "InvalidInputException", **named, PartitionValues=["2024-01-01"])
    refused(glue.create_partition, "InvalidInputException", **named, PartitionInput=partition("a", "b", "c"))
    refused(glue.get_partitions, "EntityNotFoundException", DatabaseName=db, TableName="u")
    glue.create_table(DatabaseName=db, TableInput=table("flat"))
    request = {"DatabaseName": db, "TableName": "flat", "PartitionInput": partition("a")}
    refused(glue.create_partition, "InvalidInputException", **request)


@pytest.mark.shows("glue", "BatchCreatePartition")
def test_several_made(glue: Any, named: Named) -> None:
    requested = [partition(f"2024-01-{day:02}", "x") for day in range(1, 31)]
    assert glue.batch_create_partition(**named, PartitionInputList=requested)["Errors"] == []
    more = [requested[3], partition("2025-01-01", "x"), partition("2025-01-01", "x"), {"Values": ["2026"]}]
    errors = glue.batch_create_partition(**named, PartitionInputList=more)["Errors"]
    assert sorted((each["PartitionValues"], each["ErrorDetail"]["ErrorCode"]) for each in errors) == [
        (["2024-01-04", "x"], "AlreadyExistsException"),
        (["2025-01-01", "x"], "AlreadyExistsException"),
        (["2026"], "InvalidInputException"),
    ]
    assert values(glue, named) == [each["Values"] for each in [*requested, partition("2025-01-01", "x")]]


@pytest.mark.shows("glue", "BatchGetPartition")
def test_several_shown(glue: Any, named: Named) -> None:
    glue.batch_create_partition(**named, PartitionInputList=[partition("2024-01-01", town) for town in "abc"])
    wanted = [{"Values": ["2024-01-01", town]} for town in "cxa"]
    answer = glue.batch_get_partition(**named, PartitionsToGet=wanted)
    assert [each["Values"][1] for each in answer["Partitions"]] == ["c", "a"]
    assert answer["UnprocessedKeys"] == []


def test_pages_and_segments(glue: Any, named: Named) -> None:
    towns = [f"t{number:02}" for number in range(20)]
    glue.batch_create_partition(**named, PartitionInputList=[partition("2024-01-01", town) for town in towns])
    pages = glue.get_paginator("get_partitions").paginate(**named, PaginationConfig={"PageSize": 7})
    sizes = [[each["Values"][1] for each in page["Partitions"]] for page in pages]
    assert sizes == [towns[:7], towns[7:14], towns[14:]]
    parts = [values(glue, named, Segment={"SegmentNumber": part, "TotalSegments": 3}) for part in range(3)]
    assert all(parts)
    assert sorted(town for part in parts for _, town in part) == towns
    refused(glue.get_partitions, "InvalidInputException", **named, Segment={"SegmentNumber": 3, "TotalSegments": 3})


def test_columns_can_be_left_out(glue: Any, named: Named) -> None:
    glue.create_partition(**named, PartitionInput=partition("2024-01-01", "x"))
    (bare,) = glue.get_partitions(**named, ExcludeColumnSchema=True)["Partitions"]
    assert "Columns" not in bare["StorageDescriptor"]
    assert bare["StorageDescriptor"]["Location"].endswith("/p/2024-01-01/x")


@pytest.mark.shows("glue", "UpdatePartition")
def test_update_replaces_and_moves(glue: Any, named: Named) -> None:
    glue.create_partition(**named, PartitionInput=partition("2024-01-01", "x", Parameters={"a": "1"}))
    changed = partition("2024-01-01", "x", StorageDescriptor=storage("else", id="string"))
    request = {**named, "PartitionValueList": ["2024-01-01", "x"]}
    glue.update_partition(**request, PartitionInput=changed)
    found = glue.get_partition(**named, PartitionValues=["2024-01-01", "x"])["Partition"]
    assert holds(found, changed)
    assert found["Parameters"] == {}
    glue.update_partition(**request, PartitionInput=partition("2024-01-02", "y"))
    assert values(glue, named) == [["2024-01-02", "y"]]
    refused(glue.update_partition, "EntityNotFoundException", **request, PartitionInput=changed)
    glue.create_partition(**named, PartitionInput=changed)
    refused(glue.update_partition, "AlreadyExistsException", **request, PartitionInput=partition("2024-01-02", "y"))
    assert len(values(glue, named)) == 2


@pytest.mark.shows("glue", "BatchUpdatePartition")
def test_several_updated(glue: Any, named: Named) -> None:
    glue.create_partition(**named, PartitionInput=partition("2024-01-01", "x"))
    new = {town: partition("2024-01-01", town, Parameters={"n": "1"}) for town in "xy"}
    entries = [{"PartitionValueList": each["Values"], "PartitionInput": each} for each in new.values()]
    (error,) = glue.batch_update_partition(**named, Entries=entries)["Errors"]
    assert error["PartitionValueList"] == ["2024-01-01", "y"]
    assert error["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    found = glue.get_partition(**named, PartitionValues=["2024-01-01", "x"])["Partition"]
    assert found["Parameters"] == {"n": "1"}


@pytest.mark.shows("glue", "DeletePartition")
def test_deleted(glue: Any, named: Named) -> None:
    glue.create_partition(**named, PartitionInput=partition("2024-01-01", "x"))
    glue.delete_partition(**named, PartitionValues=["2024-01-01", "x"])
    refused(glue.delete_partition, "EntityNotFoundException", **named, PartitionValues=["2024-01-01", "x"])
    assert values(glue, named) == []


@pytest.mark.shows("glue", "BatchDeletePartition")
def test_several_deleted(glue: Any, named: Named) -> None:
    glue.batch_create_partition(**named, PartitionInputList=[partition("2024-01-01", town) for town in "abc"])
    gone = [{"Values": ["2024-01-01", town]} for town in "axc"]
    (error,) = glue.batch_delete_partition(**named, PartitionsToDelete=gone)["Errors"]
    assert error["PartitionValues"] == ["2024-01-01", "x"]
    assert values(glue, named) == [["2024-01-01", "b"]]
