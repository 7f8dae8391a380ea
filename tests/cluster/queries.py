"""Queries of a distributed SQL engine on a real cluster, by its command line on the master."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localemr.applications.query_server import PORT
from tests import tpch
from tests.cluster.daemons import pid
from tests.cluster.installation import Installation, wait_for

SCHEMA = "tpch"
"""That of `make_tables`."""
LONG = "select max(comment), sum(extendedprice * discount) from tpch.sf1000.lineitem"
SOME_TIME = "select count(distinct comment) > 0, count(*) from tpch.sf3.lineitem"
"""A query of half a minute or more on two workers."""
ORDERS = "select count(*) from tpch.tiny.orders"
BUSY = (
    "select count(*) from system.runtime.tasks t join system.runtime.nodes n on t.node_id = n.node_id "
    "where not n.coordinator and t.state = 'RUNNING' and t.running_splits > 0"
)
"""The tasks that run on workers."""
MARK = "---- "
"""Begins the line before each query's rows."""


@dataclass(frozen=True)
class Queries:
    """The engine of a cluster; `cli` is its command."""

    installation: Installation
    cluster_id: str
    cli: str

    def attempt(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output and errors of the command."""
        (master,) = self.installation.containers(self.cluster_id, "MASTER")
        command = [self.cli, "--output-format", "TSV", *arguments]
        code, streams = master.exec_run(command, user="hadoop", demux=True)
        output, errors = ((each or b"").decode() for each in streams)
        return code, output, errors

    def run(self, *arguments: str) -> str:
        """Standard output of the command, without its warnings; a failure when it does not end well."""
        code, output, errors = self.attempt(*arguments)
        assert code == 0, errors
        return output

    def works(self, sql: str) -> bool:
        """Whether a query ends well: one that is given to a worker which has just been lost does not."""
        return self.attempt("--execute", sql)[0] == 0

    def rows(self, sql: str) -> list[tpch.Row]:
        """The rows of a query."""
        return tpch.from_text(self.run("--execute", sql), "\t")

    def answers(self, schema: str) -> dict[str, list[tpch.Row]]:
        """The rows of each TPC-H query over the tables of this schema, all in one session."""
        script = "".join(f"select '{MARK}{name}';\n{sql.strip()};\n" for name, sql in tpch.QUERIES.items())
        key = f"{self.cli}/queries.sql"
        self.installation.s3.put_object(Bucket="data", Key=key, Body=script.encode())
        (master,) = self.installation.containers(self.cluster_id, "MASTER")
        self.installation.run_in(master, "aws", "s3", "cp", "--quiet", f"s3://data/{key}", "/tmp/queries.sql")
        output = self.run("--catalog", "hive", "--schema", schema, "--file", "/tmp/queries.sql")
        parts = [part.partition("\n") for part in output.split(MARK)[1:]]
        return {name.strip(): tpch.from_text(rows, "\t") for name, _, rows in parts}

    def check_answers(self, expected: dict[str, list[tpch.Row]]) -> None:
        """Check the rows of each TPC-H query over the tables of `make_tables`."""
        found = self.answers(SCHEMA)
        wrong = [
            f"{name}: {found.get(name, [])[:3]} and not {rows[:3]}"
            for name, rows in expected.items()
            if not tpch.same(found.get(name, []), rows)
        ]
        assert len(expected) >= 8 and wrong == []

    def check_client(self, connect: Callable[..., Any], expected: dict[str, list[tpch.Row]]) -> None:
        """Check the rows that a program on the host gets by a client of Python's database interface: of TPC-H's
        queries, of one with thousands; and what it gets of a query that fails. `connect` is the client's."""
        (master,) = self.installation.containers(self.cluster_id, "MASTER")
        port = wait_for("the coordinator's port", lambda: master.ports.get(f"{PORT}/tcp"))[0]["HostPort"]
        with connect(host="127.0.0.1", port=int(port), user="hadoop", catalog="hive", schema=SCHEMA) as connection:
            cursor = connection.cursor()

            def rows(sql: str) -> list[tpch.Row]:
                cursor.execute(sql)
                return [tuple(map(str, row)) for row in cursor.fetchall()]

            wrong = [name for name, sql in tpch.QUERIES.items() if not tpch.same(rows(sql.strip()), expected[name])]
            assert wrong == []
            keys = rows("select orderkey from tpch.tiny.orders")
            assert [column[0] for column in cursor.description] == ["orderkey"]
            assert len(keys) == len(set(keys)) == 15000
            with pytest.raises(Exception, match="no_such_column"):
                rows("select no_such_column from tpch.tiny.orders")

    def check_spark_reads(self) -> None:
        """Check that Spark reads what this engine writes: a partitioned table on S3, and one on HDFS, which belongs to
        the user of the session."""
        statements = (
            f"create schema hive.made with (location = 's3://data/{self.cli}/made/')",
            "create table hive.made.orders with (format = 'ORC', partitioned_by = array['priority']) as select "
            "orderkey, cast(totalprice as decimal(15,2)) price, orderdate, orderpriority priority "
            "from tpch.tiny.orders",
            "insert into hive.made.orders values (0, decimal '1.50', date '2024-02-29', 'none')",
            "create table hive.default.on_hdfs with (format = 'PARQUET') as select * from tpch.tiny.nation",
        )
        for statement in statements:
            self.run("--execute", statement)
        sql = "select count(*), sum(price), max(orderdate), count(distinct priority) from {}.orders"
        rows = self.rows(sql.format("hive.made"))
        assert rows[0][0] == "15001" and rows[0][2:] == ("2024-02-29", "6")
        both = f"{sql.format('made')}; select count(*), max(name) from default.on_hdfs"
        found = spark_sql(self.installation, self.cluster_id, "-e", both)
        assert tpch.same(found, [*rows, ("25", "VIETNAM")])
        (master,) = self.installation.containers(self.cluster_id, "MASTER")
        assert " hadoop " in self.installation.run_in(master, "hdfs", "dfs", "-ls", "/user/hive/warehouse/on_hdfs")

    def check_leaving_worker(self, host: str, leave: Callable[[], None]) -> None:
        """Check that a query with tasks on the worker of this host ends well though its instance leaves meanwhile."""
        step_id = self.installation.add_step(self.cluster_id, self.cli, "--execute", SOME_TIME)
        wait_for("work on it", lambda: self.rows(f"{BUSY} and n.http_uri like '%{host}%'") != [("0",)])
        leave()
        self.installation.wait_step(self.cluster_id, step_id, "COMPLETED")
        assert '"true"' in self.installation.step_log(self.cluster_id, step_id)

    def check_lost_worker(self, daemon: str) -> None:
        """Check that a query fails with the worker that ends, and that the next one works."""
        (worker,) = self.installation.containers(self.cluster_id, "CORE")
        step_id = self.installation.add_step(self.cluster_id, self.cli, "--execute", LONG)
        wait_for("work on the worker", lambda: self.rows(BUSY) != [("0",)])
        before = pid(worker, daemon)
        self.installation.run_in(worker, "kill", "-9", before, user="root")
        status = self.installation.wait_step(self.cluster_id, step_id, "FAILED")
        assert status["FailureDetails"]["Message"].startswith("failed: ")
        wait_for("another worker", lambda: pid(worker, daemon) != before)
        wait_for("its work", lambda: self.works(ORDERS))
        assert self.rows(ORDERS) == [("15000",)]


def make_tables(installation: Installation, cluster_id: str, name: str, folder: Path) -> dict[str, list[tpch.Row]]:
    """Have Spark make TPC-H's tables in the metastore, in Parquet below s3://data/<name>. Returns what DuckDB answers
    to each query; `folder` is for its files."""
    files = tpch.generate(folder)
    for table, file in files.items():
        installation.s3.upload_file(str(file), "data", f"{name}/{table}/{file.name}")
    tables = [
        f"{table}:{','.join(f'{column} {kind}' for column, kind in columns.items())}"
        for table, columns in tpch.TABLES.items()
    ]
    step = ("spark-submit", "s3://data/scripts/presto_tables.py", f"s3://data/{name}", SCHEMA, *tables)
    installation.wait_step(cluster_id, installation.add_step(cluster_id, *step), "COMPLETED")
    return tpch.expected(files)


def spark_sql(installation: Installation, cluster_id: str, *arguments: str) -> list[tpch.Row]:
    """What a step of spark-sql prints."""
    step_id = installation.add_step(cluster_id, "spark-sql", *arguments)
    installation.wait_step(cluster_id, step_id, "COMPLETED")
    return tpch.from_text(installation.step_log(cluster_id, step_id), "\t")
