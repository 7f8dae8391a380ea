"""Partition indexes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.glue.tables import refused, table


@pytest.mark.shows("glue", "CreatePartitionIndex", "GetPartitionIndexes", "DeletePartitionIndex")
def test_made_shown_and_deleted(glue: Any, db: str) -> None:
    first = {"Keys": ["Day"], "IndexName": "by_day"}
    keys = {"day": "date", "hour": "int"}
    glue.create_table(DatabaseName=db, TableInput=table("t", keys), PartitionIndexes=[first])
    named = {"DatabaseName": db, "TableName": "t"}
    glue.create_partition_index(**named, PartitionIndex={"Keys": ["day", "hour"], "IndexName": "both"})
    glue.update_table(DatabaseName=db, TableInput=table("t", keys))
    found = glue.get_partition_indexes(**named)["PartitionIndexDescriptorList"]
    assert found == [
        {"IndexName": "by_day", "Keys": [{"Name": "day", "Type": "date"}], "IndexStatus": "ACTIVE"},
        {
            "IndexName": "both",
            "Keys": [{"Name": "day", "Type": "date"}, {"Name": "hour", "Type": "int"}],
            "IndexStatus": "ACTIVE",
        },
    ]
    refused(glue.create_partition_index, "AlreadyExistsException", **named, PartitionIndex=first)
    wrong = {"Keys": ["id"], "IndexName": "x"}
    refused(glue.create_partition_index, "InvalidInputException", **named, PartitionIndex=wrong)
    glue.delete_partition_index(**named, IndexName="by_day")
    refused(glue.delete_partition_index, "EntityNotFoundException", **named, IndexName="by_day")
    assert len(glue.get_partition_indexes(**named)["PartitionIndexDescriptorList"]) == 1
    assert "PartitionIndexes" not in glue.get_table(DatabaseName=db, Name="t")["Table"]
