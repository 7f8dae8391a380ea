"""Calls of several clients at once: what one has checked, another does not change in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from botocore.exceptions import ClientError

from tests.contract.glue.tables import partition, table

CLIENTS = 4
ROUNDS = 60


def at_once(*calls: Callable[[], Any]) -> Counter[str]:
    """How often each outcome came: the error's code, or `done`. All calls begin together."""
    ready = Barrier(len(calls))

    def outcome(call: Callable[[], Any]) -> str:
        ready.wait(10)
        try:
            call()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(outcome, calls))


def test_of_updates_with_one_version_one_succeeds(glue: Any, db: str) -> None:
    glue.create_table(DatabaseName=db, TableInput=table("t", Owner="0-0"))
    name = {"DatabaseName": db, "TableName": "t"}

    def update(owner: str, version: str) -> Callable[[], Any]:
        return lambda: glue.update_table(DatabaseName=db, TableInput=table("t", Owner=owner), VersionId=version)

    for number in range(ROUNDS):
        calls = [update(f"{number + 1}-{client}", str(number)) for client in range(CLIENTS)]
        assert at_once(*calls) == {"done": 1, "ConcurrentModificationException": CLIENTS - 1}
    kept = glue.get_table_versions(**name)["TableVersions"]
    assert [each["VersionId"] for each in kept] == [str(number) for number in range(ROUNDS, -1, -1)]
    assert [int(each["Table"]["Owner"].partition("-")[0]) for each in kept] == list(range(ROUNDS, -1, -1))


def test_what_is_read_is_in_the_version_that_it_is_shown_with(glue: Any, db: str) -> None:
    """Else a client that adds to what it has read takes another's change back, and nothing stops it."""
    glue.create_table(DatabaseName=db, TableInput=table("t", Description=""))

    def add() -> None:
        for _ in range(10):
            while True:
                found = glue.get_table(DatabaseName=db, Name="t")["Table"]
                longer = table("t", Description=found.get("Description", "") + "x")
                try:
                    glue.update_table(DatabaseName=db, TableInput=longer, VersionId=found["VersionId"])
                    break
                except ClientError as error:
                    assert error.response["Error"]["Code"] == "ConcurrentModificationException"

    assert at_once(*[add] * CLIENTS) == {"done": CLIENTS}
    assert glue.get_table(DatabaseName=db, Name="t")["Table"]["Description"] == "x" * 10 * CLIENTS


def test_updates_without_a_version_are_versions_all(glue: Any, db: str) -> None:
    glue.create_table(DatabaseName=db, TableInput=table("t"))
    update = lambda: glue.update_table(DatabaseName=db, TableInput=table("t"))  # noqa: E731
    for _ in range(10):
        assert at_once(*[update] * CLIENTS) == {"done": CLIENTS}
    kept = glue.get_table_versions(DatabaseName=db, TableName="t")["TableVersions"]
    assert [each["VersionId"] for each in kept] == [str(number) for number in range(10 * CLIENTS, -1, -1)]


def test_one_makes_a_table_and_its_versions_stay(glue: Any, db: str) -> None:
    for number in range(10):
        name = f"t{number}"
        make = lambda name=name: glue.create_table(DatabaseName=db, TableInput=table(name))  # noqa: E731
        assert at_once(*[make] * CLIENTS) == {"done": 1, "AlreadyExistsException": CLIENTS - 1}
        glue.update_table(DatabaseName=db, TableInput=table(name))
        assert at_once(make) == {"AlreadyExistsException": 1}
        kept = glue.get_table_versions(DatabaseName=db, TableName=name)["TableVersions"]
        assert [each["VersionId"] for each in kept] == ["1", "0"]


def test_one_deletes_a_table(glue: Any, db: str) -> None:
    for _ in range(10):
        glue.create_table(DatabaseName=db, TableInput=table("t"))
        one = lambda: glue.delete_table(DatabaseName=db, Name="t")  # noqa: E731
        assert at_once(*[one] * CLIENTS) == {"done": 1, "EntityNotFoundException": CLIENTS - 1}


def test_indexes_of_several_clients_are_all_kept(glue: Any, db: str) -> None:
    keys = {"a": "string", "b": "string", "c": "string"}
    for number in range(10):
        glue.create_table(DatabaseName=db, TableInput=table(f"t{number}", keys))
        name = {"DatabaseName": db, "TableName": f"t{number}"}
        calls = [
            lambda key=key, name=name: glue.create_partition_index(
                **name, PartitionIndex={"IndexName": key, "Keys": [key]}
            )
            for key in keys
        ]
        assert at_once(*calls) == {"done": len(keys)}
        found = glue.get_partition_indexes(**name)["PartitionIndexDescriptorList"]
        assert sorted(each["IndexName"] for each in found) == ["a", "b", "c"]


def test_batches_with_partitions_in_common_make_each_once(glue: Any, db: str) -> None:
    glue.create_table(DatabaseName=db, TableInput=table("t", {"day": "string"}))
    failed: list[str] = []

    def make(days: list[str]) -> None:
        found = glue.batch_create_partition(
            DatabaseName=db, TableName="t", PartitionInputList=[partition(day) for day in days]
        )
        failed.extend(each["PartitionValues"][0] for each in found["Errors"])

    for number in range(10):
        common, own = f"{number}-common", [f"{number}-{client}" for client in range(CLIENTS)]
        failed.clear()
        calls = [lambda day=day, common=common: make([day, common]) for day in own]
        assert at_once(*calls) == {"done": CLIENTS}
        assert failed == [common] * (CLIENTS - 1)
    found = glue.get_partitions(DatabaseName=db, TableName="t")["Partitions"]
    assert len(found) == 10 * (CLIENTS + 1)


def test_a_partition_moves_to_one_place(glue: Any, db: str) -> None:
    glue.create_table(DatabaseName=db, TableInput=table("t", {"day": "string"}))
    name = {"DatabaseName": db, "TableName": "t"}
    for number in range(10):
        glue.create_partition(**name, PartitionInput=partition(f"{number}"))
        calls = [
            lambda number=number, client=client: glue.update_partition(
                **name, PartitionValueList=[f"{number}"], PartitionInput=partition(f"{number}-{client}")
            )
            for client in range(CLIENTS)
        ]
        assert at_once(*calls) == {"done": 1, "EntityNotFoundException": CLIENTS - 1}
    assert len(glue.get_partitions(**name)["Partitions"]) == 10


def test_a_database_goes_with_all_that_is_made_in_it_meanwhile(glue: Any, db: str) -> None:
    for number in range(10):
        name = f"{db}_{number}"
        glue.create_database(DatabaseInput={"Name": name})
        glue.create_table(DatabaseName=name, TableInput=table("t"))
        outcomes = at_once(
            lambda name=name: glue.delete_database(Name=name),
            *[lambda name=name: glue.update_table(DatabaseName=name, TableInput=table("t"))] * (CLIENTS - 1),
        )
        assert outcomes["done"] + outcomes["EntityNotFoundException"] == CLIENTS
        glue.create_database(DatabaseInput={"Name": name})
        glue.create_table(DatabaseName=name, TableInput=table("t"))
        kept = glue.get_table_versions(DatabaseName=name, TableName="t")["TableVersions"]
        assert [each["VersionId"] for each in kept] == ["0"]
        glue.delete_database(Name=name)


def test_a_function_gets_one_of_two_names(glue: Any, db: str) -> None:
    kind = {"ClassName": "a.B"}
    for number in range(10):
        glue.create_user_defined_function(DatabaseName=db, FunctionInput={"FunctionName": f"f{number}", **kind})
        calls = [
            lambda number=number, client=client: glue.update_user_defined_function(
                DatabaseName=db, FunctionName=f"f{number}", FunctionInput={"FunctionName": f"f{number}_{client}"} | kind
            )
            for client in range(CLIENTS)
        ]
        assert at_once(*calls) == {"done": 1, "EntityNotFoundException": CLIENTS - 1}
    assert len(glue.get_user_defined_functions(DatabaseName=db, Pattern=".*")["UserDefinedFunctions"]) == 10
