"""A PostgreSQL that the user runs, as with RDS: Hive's metastore in it, and Spark's JDBC on it."""

from __future__ import annotations

import contextlib
import socket
from base64 import b64encode
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from pyhive import hive as hiveserver2
from thrift.transport.THttpClient import THttpClient

from localemr.images import plan
from localemr.runtime.base import LABEL
from tests.cluster.installation import Installation, cluster_request
from tests.waiting import wait_for

SERVER = "/usr/lib/postgresql/15/bin"
START = f"""set -e
if [[ ! -d /tmp/data ]]; then
  {SERVER}/initdb --pgdata /tmp/data --username postgres --pwfile <(echo secret) --auth scram-sha-256 > /dev/null
  echo "host all all all scram-sha-256" >> /tmp/data/pg_hba.conf
fi
exec {SERVER}/postgres -D /tmp/data -h "$HOST" -p "$PORT" -k /tmp
"""


class Postgres:
    """The server: it listens where clusters reach the host, as one that runs on the host would."""

    def __init__(self, installation: Installation) -> None:
        subnet = installation.docker.networks.get("bridge").attrs["IPAM"]["Config"][0]["Subnet"]
        self.host = str(next(ip_network(subnet).hosts()))
        with socket.socket() as probe:
            probe.bind((self.host, 0))
            self.port = int(probe.getsockname()[1])
        self.container = installation.docker.containers.run(
            plan.reference("catalog"),
            ["bash", "-c", START],
            user="postgres",
            entrypoint="",
            network_mode="host",
            environment={"HOST": self.host, "PORT": str(self.port), "PGPASSWORD": "secret"},
            labels={LABEL: installation.name},
            detach=True,
        )
        self.wait()
        self.query("create database metastore", "postgres")

    @property
    def url(self) -> str:
        """For JDBC."""
        return f"jdbc:postgresql://{self.host}:{self.port}/metastore"

    def wait(self) -> None:
        """Until it takes connections."""

        def look() -> bool:
            with contextlib.suppress(OSError):
                socket.create_connection((self.host, self.port), 1).close()
                return True
            return False

        wait_for("PostgreSQL", look)

    def query(self, sql: str, database: str = "metastore") -> str:
        """What psql prints."""
        psql = ("psql", "-h", self.host, "-p", str(self.port), "-U", "postgres", "-d", database, "-Atc", sql)
        code, output = self.container.exec_run(list(psql), user="postgres", environment={"PGPASSWORD": "secret"})
        assert code == 0, output.decode()
        return str(output.decode().strip())


@pytest.fixture(scope="module")
def postgres(installation: Installation) -> Iterator[Postgres]:
    server = Postgres(installation)
    yield server
    server.container.remove(force=True, v=True)


def hive_request(postgres: Postgres, name: str, **more: str) -> dict[str, Any]:
    """RunJobFlow request of a cluster of one instance whose metastore is in PostgreSQL; `more` of hive-site."""
    properties = {
        **more,
        "javax.jdo.option.ConnectionURL": postgres.url,
        "javax.jdo.option.ConnectionDriverName": "org.postgresql.Driver",
        "javax.jdo.option.ConnectionUserName": "postgres",
        "javax.jdo.option.ConnectionPassword": "secret",
    }
    names = [{"Name": each} for each in ("Hadoop", "Spark", "Hive")]
    configurations = [{"Classification": "hive-site", "Properties": properties}]
    return cluster_request(name, core=0, Applications=names, Configurations=configurations)


def output(installation: Installation, cluster_id: str, *command: str) -> str:
    """The standard output of a step that ends well."""
    step_id = installation.add_step(cluster_id, *command)
    installation.wait_step(cluster_id, step_id, "COMPLETED")
    return installation.step_log(cluster_id, step_id)


def over_http(installation: Installation, cluster_id: str, query: str) -> Any:
    """The rows that a program on the host gets from HiveServer2 in HTTP mode."""
    port = installation.containers(cluster_id, "MASTER")[0].ports["10001/tcp"][0]["HostPort"]
    transport = THttpClient(f"http://127.0.0.1:{port}/cliservice")
    transport.setCustomHeaders({"Authorization": f"Basic {b64encode(b'hadoop:any').decode()}"})
    with hiveserver2.connect(thrift_transport=transport) as session, session.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_tables_outlive_clusters_and_spark_reads_and_writes_by_jdbc(
    installation: Installation, postgres: Postgres
) -> None:
    made = "create external table kept (n int) location 's3://data/kept/'; insert into kept values (7)"
    with installation.running(hive_request(postgres, "external")) as first:
        output(installation, first, "hive", "-e", made)
        assert postgres.query('select "TBL_NAME", "TBL_TYPE" from "TBLS"') == "kept|EXTERNAL_TABLE"
        script = ("spark-submit", "s3://data/scripts/with_jdbc.py", postgres.url)
        assert output(installation, first, *script).split() == ["3", "6"]
        assert postgres.query("select n, name from numbers order by n") == "1|Ada\n2|Müller\n3|"
        # Away: whoever asks is told so, and nothing is lost.
        postgres.container.stop(timeout=10)
        step_id = installation.add_step(first, "hive", "-e", "select n from kept")
        details = installation.wait_step(first, step_id, "FAILED")["FailureDetails"]
        assert "Connection is not available, request timed out after" in details["Message"]
        postgres.container.start()
        postgres.wait()
        assert output(installation, first, "hive", "-e", "select n from kept").split() == ["7"]
    http = {"hive.server2.transport.mode": "http"}
    with installation.running(hive_request(postgres, "external again", **http)) as second:
        assert over_http(installation, second, "select n + 2 from kept") == [(9,)]
        assert output(installation, second, "spark-sql", "-e", "select n + 1 from kept").split() == ["8"]
