"""TPC-H queries on Hive and on Spark over the same ORC tables, against what DuckDB says."""

from __future__ import annotations

import pytest

from tests import tpch
from tests.cluster.installation import Installation

DATA = "s3://data/tpch"


@pytest.fixture(scope="module")
def answers(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tpch.Row]]:
    """What DuckDB answers; the tables' text and all scripts are in the bucket afterwards."""
    files = tpch.generate(tmp_path_factory.mktemp("tpch"))
    for table, file in files.items():
        installation.s3.upload_file(str(file), "data", f"tpch/{table}/{file.name}")
    scripts = {f"queries/{name}.sql": query for name, query in tpch.QUERIES.items()}
    scripts |= {"load.q": tpch.hive_load(DATA), "queries.q": tpch.hive_queries(f"{DATA}/hive")}
    for name, text in scripts.items():
        installation.s3.put_object(Bucket="data", Key=f"tpch/{name}", Body=text.encode())
    return tpch.expected(files)


def test_hive_and_spark_answer_as_duckdb(
    installation: Installation, hive: str, answers: dict[str, list[tpch.Row]]
) -> None:
    hive_script = ("hive-script", "--run-hive-script", "--args", "-f")
    for script in ("load.q", "queries.q"):
        step_id = installation.add_step(hive, *hive_script, f"{DATA}/{script}")
        installation.wait_step(hive, step_id, "COMPLETED")
    spark = ("spark-submit", "s3://data/scripts/tpch_queries.py", f"{DATA}/queries", f"{DATA}/spark")
    installation.wait_step(hive, installation.add_step(hive, *spark), "COMPLETED")
    wrong = [
        f"{name} on {engine}: {found[:3]} and not {rows[:3]}"
        for engine in ("hive", "spark")
        for name, rows in answers.items()
        if not tpch.same(found := result(installation, f"tpch/{engine}/{name}/"), rows)
    ]
    assert len(answers) >= 8 and wrong == []


def result(installation: Installation, prefix: str) -> list[tpch.Row]:
    """The rows in all files below a prefix."""
    listed = installation.s3.list_objects_v2(Bucket="data", Prefix=prefix).get("Contents", [])
    bodies = [installation.s3.get_object(Bucket="data", Key=entry["Key"])["Body"].read() for entry in listed]
    return [row for body in bodies for row in tpch.from_text(body.decode())]
