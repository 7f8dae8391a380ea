"""Tez, without a daemon of its own: its client and its application masters run it from the nodes' disks.

Its history server's page (tez-ui) needs modules that are published nowhere.
"""

from __future__ import annotations

from pathlib import Path

from localemr.applications.tez.defaults import tez_site
from localemr.domain.model.application import Application, Classification

APPLICATION = Application(
    name="Tez",
    needs=("Hadoop",),
    classifications={"tez-site": Classification("/etc/tez/conf/tez-site.xml", "hadoop-xml", tez_site)},
    log_dirs={"tez": "/var/log/tez"},
    image=str(Path(__file__).parent / "image"),
)
