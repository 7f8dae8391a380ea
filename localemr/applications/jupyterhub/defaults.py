"""Defaults of the hub and of its users' servers, by the names of traitlets (`Class.trait`)."""

from __future__ import annotations

from localemr.domain.model.application import Facts
from localemr.domain.node.aws_tools import PASSED_ON

NAME = "JupyterHub"
PORT, API_PORT, PROXY_PORT = 9443, 9444, 9445
"""EMR's port for people; the hub's own, for users' servers; its proxy's, for the hub. 8081, the hub's default, is
Flink's."""
CONF = "/etc/jupyter/conf"
HOME = "/opt/conda"
"""The environment of the hub, at the path of EMR's."""
LOGS = "/var/log/jupyterhub"
STATE = "/var/lib/jupyterhub"
S3, ENABLED, BUCKET = "jupyter-s3-conf", "s3.persistence.enabled", "s3.persistence.bucket"
KEPT = ("LANG", "JAVA_HOME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
"""What users' servers have of the instance's environment, besides the settings of AWS's SDKs."""
CONTENTS = "localemr_jupyterhub.contents.S3Contents"


def hub(facts: Facts) -> dict[str, str]:
    """jupyterhub_config.py: people of the master's accounts, a server for each as a process of theirs."""
    environment = {"SPARKMAGIC_CONF_DIR": CONF, "PATH": f"{HOME}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
    return {
        "JupyterHub.ip": "0.0.0.0",
        "JupyterHub.port": str(PORT),
        "JupyterHub.hub_port": str(API_PORT),
        # Checks reach it by the instance's name, users' servers on the loopback address.
        "JupyterHub.hub_ip": "0.0.0.0",
        "JupyterHub.hub_connect_ip": "127.0.0.1",
        "JupyterHub.ssl_cert": f"{CONF}/server.crt",
        "JupyterHub.ssl_key": f"{CONF}/server.key",
        "JupyterHub.cookie_secret_file": f"{STATE}/cookie_secret",
        "JupyterHub.db_url": f"sqlite:///{STATE}/jupyterhub.sqlite",
        "ConfigurableHTTPProxy.command": str([f"{HOME}/bin/proxy"]),
        "ConfigurableHTTPProxy.api_url": f"http://127.0.0.1:{PROXY_PORT}",
        "ConfigurableHTTPProxy.pid_file": f"{STATE}/proxy.pid",
        "Authenticator.admin_users": str({"jovyan"}),
        "PAMAuthenticator.open_sessions": "False",
        "Spawner.cmd": str([f"{HOME}/bin/jupyterhub-singleuser"]),
        "Spawner.environment": str(environment),
        "Spawner.env_keep": str([*KEPT, *PASSED_ON]),
        # A busy machine starts a server slowly; the hub's defaults are 60 and 30 seconds.
        "Spawner.start_timeout": "300",
        "Spawner.http_timeout": "120",
    }


def notebook(facts: Facts) -> dict[str, str]:
    """jupyter_notebook_config.py, of users' servers: where notebooks are kept."""
    requested = facts.requested.get(S3, {})
    if requested.get(ENABLED, "").strip().lower() != "true":
        return {}
    return {"NotebookApp.contents_manager_class": CONTENTS, "S3Contents.bucket": requested.get(BUCKET, "")}
