"""Presto on a real cluster, as tests see it: queries by presto-cli on the master, and what nodes it has."""

from __future__ import annotations

import json
from typing import Any

from tests import tpch
from tests.cluster.daemons import page
from tests.cluster.installation import Installation

PORT = 8889
MARK = "---- "
"""Begins the line before each query's rows."""


def run(installation: Installation, cluster_id: str, *arguments: str) -> str:
    """Standard output of presto-cli on the master, without its warnings; a failure when it does not end well."""
    code, output, errors = _run(installation, cluster_id, *arguments)
    assert code == 0, errors
    return output


def _run(installation: Installation, cluster_id: str, *arguments: str) -> tuple[int, str, str]:
    (master,) = installation.containers(cluster_id, "MASTER")
    command = ["presto-cli", "--output-format", "TSV", *arguments]
    code, streams = master.exec_run(command, user="hadoop", demux=True)
    output, errors = ((each or b"").decode() for each in streams)
    return code, output, errors


def works(installation: Installation, cluster_id: str, sql: str) -> bool:
    """Whether a query ends well: one that is given to a worker which has just been lost does not."""
    return _run(installation, cluster_id, "--execute", sql)[0] == 0


def query(installation: Installation, cluster_id: str, sql: str) -> list[tpch.Row]:
    """The rows of a query."""
    return tpch.from_text(run(installation, cluster_id, "--execute", sql), "\t")


def answers(installation: Installation, cluster_id: str, schema: str) -> dict[str, list[tpch.Row]]:
    """The rows of each TPC-H query over the tables of this schema, all in one session."""
    script = "".join(f"select '{MARK}{name}';\n{sql.strip()};\n" for name, sql in tpch.QUERIES.items())
    installation.s3.put_object(Bucket="data", Key="presto/queries.sql", Body=script.encode())
    (master,) = installation.containers(cluster_id, "MASTER")
    installation.run_in(master, "aws", "s3", "cp", "--quiet", "s3://data/presto/queries.sql", "/tmp/queries.sql")
    output = run(installation, cluster_id, "--catalog", "hive", "--schema", schema, "--file", "/tmp/queries.sql")
    parts = [part.partition("\n") for part in output.split(MARK)[1:]]
    return {name.strip(): tpch.from_text(rows, "\t") for name, _, rows in parts}


def workers(installation: Installation, cluster_id: str) -> int:
    """The number of active workers, as the coordinator knows them: a query for it may itself be given to one that has
    just left."""
    (master,) = installation.containers(cluster_id, "MASTER")
    return int(json.loads(page(master, PORT, "/v1/cluster") or "{}").get("activeWorkers", 0))


def info(container: Any) -> dict[str, Any]:
    """What the server of an instance that publishes its port says of itself; empty while it does not answer."""
    text = page(container, PORT, "/v1/info")
    return dict(json.loads(text)) if text else {}
