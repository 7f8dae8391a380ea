"""The Expression of GetPartitions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.glue.tables import refused, table

KEYS = {"day": "date", "hour": "int", "town": "string", "price": "decimal(10,2)"}
ROWS = [
    ("2024-01-09", "9", "Bonn", "9.50"),
    ("2024-01-10", "10", "Berlin", "10"),
    ("2024-02-01", "100", "it's", "0.5"),
    ("__HIVE_DEFAULT_PARTITION__", "-1", "50%", "2"),
]


@pytest.mark.shows("glue", "GetPartitions")
def test_expressions_choose_by_the_types_of_the_keys(glue: Any, db: str) -> None:
    named = {"DatabaseName": db, "TableName": "t"}
    glue.create_table(DatabaseName=db, TableInput=table("t", KEYS))
    glue.batch_create_partition(**named, PartitionInputList=[{"Values": list(row)} for row in ROWS])
    everything = set(range(4))
    for expression, wanted in {
        "": everything,
        "hour = 9": {0},
        "hour='9'": {0},
        "hour > 9": {1, 2},
        "9 < hour": {1, 2},
        "hour >= -1 AND hour<=+9": {0, 3},
        "price = 10.00": {1},
        "price<2.5": {2, 3},
        "day >= '2024-01-10'": {1, 2},
        "day = DATE '2024-02-01'": {2},
        "day between '2024-01-01' and '2024-01-31'": {0, 1},
        "day not between '2024-01-01' and '2024-01-31'": {2},
        "day IS NULL": {3},
        "day is not null": {0, 1, 2},
        "NOT day = '2024-01-09'": {1, 2},
        "day <> '2024-01-09' OR hour < 0": {1, 2, 3},
        "town IN ('Bonn', 'it''s')": {0, 2},
        "town NOT IN ('Bonn')": {1, 2, 3},
        "town like 'B%n'": {0, 1},
        "town LIKE 'B_nn'": {0},
        "town not like 'B%'": {2, 3},
        "town LIKE '%\\%'": set(),
        "town > 'C'": {2},
        "TOWN = 'bonn'": set(),
        "\"town\" = 'Bonn' or `hour` = 100": {0, 2},
        "hour = 9 OR hour = 10 AND town = 'Bonn'": {0},
        "(hour = 9 OR hour = 10) AND town = 'Berlin'": {1},
        "not (hour = 9 or not (town = 'Berlin'))": {1},
    }.items():
        found = glue.get_partitions(**named, Expression=expression)["Partitions"]
        assert {ROWS.index(tuple(each["Values"])) for each in found} == wanted, expression


@pytest.mark.parametrize(
    "expression",
    [
        "id = 1", "hour", "hour =", "hour = 1 AND", "hour == 1", "= 1", "(hour = 1", "hour = 1)", "hour = 'one'",
        "day = 'soon'", "hour IN ()", "hour BETWEEN 1", "hour IS", "hour NOT 1", "hour = 1 hour = 2", "town = 'open",
        "AND = 1", "hour = town", "1 = 1", "(" * 60 + "hour = 1" + ")" * 60, "NOT " * 400 + "hour = 1", "; drop",
        "price = 'NaN'",
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused(glue: Any, db: str, expression: str) -> None:
    glue.create_table(DatabaseName=db, TableInput=table("t", KEYS))
    message = refused(
        glue.get_partitions, "InvalidInputException", DatabaseName=db, TableName="t", Expression=expression
    )
    assert "xpression" in message or "partition key" in message


def test_keys_that_cannot_be_compared(glue: Any, db: str) -> None:
    glue.create_table(DatabaseName=db, TableInput=table("t", {"flag": "boolean", "n": "bigint"}))
    named = {"DatabaseName": db, "TableName": "t"}
    assert "boolean" in refused(glue.get_partitions, "InvalidInputException", **named, Expression="flag = 'true'")
    assert glue.get_partitions(**named, Expression="n = 1")["Partitions"] == []
