"""HBase's contributions to Hive, where a cluster has both: the storage handler by which tables of HBase are tables of
Hive."""

from __future__ import annotations

from localemr.domain.model.application import Appended, Contribution, Facts

JARS, CONF = "/usr/lib/hbase/hive/*", "/usr/lib/hbase/hive/conf"
"""The handler with HBase's client (image/install.sh), and a folder with hbase-site.xml alone."""


def in_containers(facts: Facts) -> Contribution:
    """Of yarn-site: the handler on the class path of jobs, behind all others. A job has HBase's properties from its
    client."""
    return {"yarn.application.classpath": Appended(JARS)} if "Hive" in facts.versions else {}


def in_commands(facts: Facts) -> Contribution:
    """Of Hive's environment: the handler behind Hive's own jars; left out where the caller's come before Hive's."""
    return {"HADOOP_CLASSPATH": Appended(f"${{HADOOP_USER_CLASSPATH_FIRST:-{JARS}:{CONF}}}", ":")}


CONTRIBUTIONS = {
    "yarn-site": in_containers,
    "hive-env": in_commands,
}
