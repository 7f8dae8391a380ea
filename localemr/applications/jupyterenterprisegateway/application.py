"""Jupyter Enterprise Gateway with EMR's layout: a server on the master, port 9547, whose PySpark and Spark kernels are
sparkmagic's on the cluster's Livy. Executions of notebooks use the same kernels."""

from __future__ import annotations

from pathlib import Path

from localemr.applications.jupyterenterprisegateway.defaults import (
    CONF,
    EXECUTIONS,
    HOME,
    LOGS,
    NAME,
    PORT,
    command,
    environment,
    sparkmagic,
)
from localemr.domain.model.application import Application, Check, Classification, Daemon, Service
from localemr.domain.model.records import MASTER

ON_MASTER = frozenset({MASTER})
SERVER, SERVICE = "jupyter-enterprise-gateway", "Jupyter Enterprise Gateway"
UP = Check(SERVICE, PORT, "/api", "version", contains=())
IDLE_MB = 110
"""Memory in MiB that the server takes without kernels."""

APPLICATION = Application(
    name=NAME,
    needs=("Hadoop", "Spark", "Livy"),
    classifications={
        "jupyter-sparkmagic-conf": Classification(f"{CONF}/config.json", "json-values", sparkmagic),
    },
    daemons=(
        Daemon(
            SERVER,
            ON_MASTER,
            command,
            "emr-notebook",
            LOGS,
            env=environment,
            reads=frozenset({"jupyter-sparkmagic-conf"}),
            up=UP,
        ),
    ),
    checks=(UP,),
    services=(Service(SERVICE, ON_MASTER, PORT, "http://{host}:{port}"),),
    memory_mb={ON_MASTER: IDLE_MB},
    log_dirs={"jupyter-enterprise-gateway": LOGS, "notebook-executions": EXECUTIONS},
    notebooks=f"{HOME}/bin/execute-notebook",
    when_requested=frozenset({SERVER, SERVICE}),
    image=str(Path(__file__).parent / "image"),
)
