"""The two database servers, as containers of an image that is built here. At AWS they are RDS's."""

import io
import tarfile
import time
from ipaddress import ip_network
from pathlib import Path

import docker

IMAGE = "localemr-example-databases"
PASSWORD = "secret"
PROGRAMS = "/usr/lib/postgresql/15/bin"
POSTGRES = f"""set -e
install -d -o postgres /srv/data
echo {PASSWORD} > /tmp/password
su postgres -c "{PROGRAMS}/initdb -D /srv/data -U admin --pwfile /tmp/password --auth scram-sha-256 > /dev/null"
echo "host all all all scram-sha-256" >> /srv/data/pg_hba.conf
exec su postgres -c "{PROGRAMS}/postgres -D /srv/data -h '*'"
"""
MARIADB = f"""set -e
mariadb-install-db --user=mysql --skip-test-db > /dev/null
echo "create user admin@'%' identified by '{PASSWORD}';
grant all on *.* to admin@'%';
create database metastore character set latin1;
create database reports;" > /tmp/first.sql
exec mariadbd --user=mysql --bind-address=0.0.0.0 --init-file=/tmp/first.sql
"""
PSQL = ("psql", "-h", "127.0.0.1", "-U", "admin", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c")
MYSQL = ("mariadb", "-h", "127.0.0.1", "-u", "admin", f"--password={PASSWORD}", "--batch", "--skip-column-names", "-e")
PATIENCE = 120  # seconds


class Databases:
    """Both servers, at addresses that clusters reach. They end with the block, and their data with them."""

    def __enter__(self):
        """Build the image, start the servers, and wait until they take connections."""
        self._docker, self._containers = docker.from_env(), []
        self._docker.images.build(path=str(Path(__file__).parent / "servers"), tag=IMAGE, rm=True)
        try:
            self._postgres, at_postgres = self._start(POSTGRES, "5432/tcp")
            self._mariadb, at_mariadb = self._start(MARIADB, "3306/tcp")
            self.store = f"jdbc:postgresql://{at_postgres}/postgres"
            # EMR has MariaDB's driver for MySQL as well; Spark knows the dialect by the URL.
            self.metastore, self.reports = (f"jdbc:mysql://{at_mariadb}/{name}" for name in ("metastore", "reports"))
            self._wait(self._postgres, (*PSQL, "select 1"))
            self._wait(self._mariadb, (*MYSQL, "select 1"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        """Remove both containers."""
        for container in self._containers:
            container.remove(force=True, v=True)
        self._docker.close()

    def load(self, files):
        """The store's two tables from their files."""
        tables = {
            "customers": "id int primary key, name text, country text",
            "orders": "id int primary key, customer int, day date, amount numeric(10, 2)",
        }
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.add(files, "store")
        self._postgres.put_archive("/srv", packed.getvalue())
        for table, columns in tables.items():
            self._run(self._postgres, (*PSQL, f"create table {table} ({columns})"))
            self._run(self._postgres, (*PSQL, f"\\copy {table} from /srv/store/{table}.csv csv header"))

    def rows(self, sql):
        """Rows of a query in `reports`, as texts."""
        output = self._run(self._mariadb, (*MYSQL, f"use reports; {sql}"))
        return [line.split("\t") for line in output.splitlines()]

    def _start(self, script, port):
        """A container that runs the script, and its address: that of this host on Docker's own network."""
        subnet = self._docker.networks.get("bridge").attrs["IPAM"]["Config"][0]["Subnet"]
        host = str(next(ip_network(subnet).hosts()))
        command, environment = ["bash", "-c", script], {"PGPASSWORD": PASSWORD}
        container = self._docker.containers.run(
            IMAGE, command, detach=True, ports={port: (host, None)}, environment=environment
        )
        self._containers.append(container)
        container.reload()
        return container, f"{host}:{container.ports[port][0]['HostPort']}"

    def _run(self, container, command):
        code, output = container.exec_run(list(command))
        if code:
            raise RuntimeError(output.decode())
        return output.decode()

    def _wait(self, container, command):
        deadline = time.monotonic() + PATIENCE
        while container.exec_run(list(command)).exit_code:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the server does not answer: {container.logs(tail=20).decode()}")
            time.sleep(0.5)
