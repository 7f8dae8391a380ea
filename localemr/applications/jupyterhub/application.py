"""JupyterHub with EMR's layout: the hub on the master, port 9443 with TLS, a server of notebooks for each user of the
master's, with the kernels of Jupyter Enterprise Gateway on the cluster's Livy."""

from __future__ import annotations

from pathlib import Path

from localemr.applications.jupyterhub.defaults import API_PORT, CONF, HOME, LOGS, NAME, PORT, hub, notebook
from localemr.domain.model.application import Application, Check, Classification, Daemon, Service
from localemr.domain.model.records import MASTER

ON_MASTER = frozenset({MASTER})
UP = Check("JupyterHub", API_PORT, "/hub/api", "version", contains=())
"""The hub itself, which has started its proxy before."""
IDLE_MB = 160
"""Memory in MiB that hub and proxy take without users' servers."""

APPLICATION = Application(
    name=NAME,
    needs=("Hadoop", "Spark", "Livy", "JupyterEnterpriseGateway"),
    classifications={
        "jupyter-hub-conf": Classification(f"{CONF}/jupyterhub_config.py", "traitlets", hub),
        "jupyter-notebook-conf": Classification("/etc/jupyter/jupyter_notebook_config.py", "traitlets", notebook),
        "jupyter-s3-conf": Classification(None, "none"),
    },
    daemons=(
        Daemon(
            "jupyterhub",
            ON_MASTER,
            (f"{HOME}/bin/start-hub",),
            "root",
            LOGS,
            reads=frozenset({"jupyter-hub-conf"}),
            up=UP,
        ),
    ),
    checks=(UP,),
    services=(Service("JupyterHub", ON_MASTER, PORT, "https://{host}:{port}"),),
    memory_mb={ON_MASTER: IDLE_MB},
    log_dirs={"jupyterhub": LOGS},
    image=str(Path(__file__).parent / "image"),
)
