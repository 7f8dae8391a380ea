"""Defaults of the gateway: its command, its environment, and sparkmagic's settings."""

from __future__ import annotations

import json

from localemr.domain.model.application import Facts

NAME = "JupyterEnterpriseGateway"
PORT = 9547
HOME = "/emr/notebook-env"
"""EMR's folder of the gateway, its kernels and their packages."""
CONF = "/etc/jupyter/conf"
LOGS = "/var/log/jupyter-enterprise-gateway"
EXECUTIONS = "/var/log/notebook-executions"
LIVY_PORT = 8998


LOGGING = {
    "version": 1,
    "formatters": {"magicsFormatter": {"format": "%(asctime)s\t%(levelname)s\t%(message)s", "datefmt": ""}},
    "handlers": {
        "magicsHandler": {
            "class": "hdijupyterutils.filehandler.MagicsFileHandler",
            "formatter": "magicsFormatter",
            "home_path": "~/.sparkmagic",
        }
    },
    "loggers": {"magicsLogger": {"handlers": ["magicsHandler"], "level": "DEBUG", "propagate": 0}},
}
"""sparkmagic's own, with the log in the home of the kernel's user: its default is beside its settings, where users of
the hub cannot write."""


def command(facts: Facts) -> tuple[str, ...]:
    """The server. Kernels that nothing is connected to end after an hour."""
    return (
        f"{HOME}/bin/jupyter-enterprisegateway",
        "--EnterpriseGatewayApp.ip=0.0.0.0",
        f"--EnterpriseGatewayApp.port={PORT}",
        "--EnterpriseGatewayApp.port_retries=0",
        "--RemoteMappingKernelManager.cull_idle_timeout=3600",
        "--RemoteMappingKernelManager.cull_interval=60",
    )


def environment(facts: Facts) -> dict[str, str]:
    """Where sparkmagic finds its settings, and the kernels the commands of their packages."""
    return {"SPARKMAGIC_CONF_DIR": CONF, "PATH": f"{HOME}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}


def sparkmagic(facts: Facts) -> dict[str, str]:
    """config.json: sessions are those of the cluster's Livy."""
    credentials = {"username": "", "password": "", "url": f"http://{facts.master_host}:{LIVY_PORT}", "auth": "None"}
    return {
        "kernel_python_credentials": json.dumps(credentials),
        "kernel_scala_credentials": json.dumps(credentials),
        "livy_session_startup_timeout_seconds": "600",
        "session_configs": json.dumps({}),
        "logging_config": json.dumps(LOGGING),
    }
