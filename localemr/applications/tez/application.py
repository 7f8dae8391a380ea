"""Tez. It has no daemons: clients and application masters load it from the nodes' disks.

The page of its history server (tez-ui) needs modules that are not published.
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
    with_three_primaries=True,
)
