"""Hive's contributions to the classifications of its dependencies. Users' own properties override them."""

from __future__ import annotations

from localemr.applications.hive.defaults import HIVE_JARS
from localemr.applications.java import archived
from localemr.applications.memory import mapreduce_job_beside_session
from localemr.domain.model.application import Appended, Contribution, Facts


def proxy_user(facts: Facts) -> Contribution:
    """Of core-site: HiveServer2 and the metastore act as proxies for their callers."""
    return {"hadoop.proxyuser.hive.hosts": "*", "hadoop.proxyuser.hive.groups": "*"}


def mapreduce_sizes(facts: Facts) -> Contribution:
    """Of mapred-site: a script may have a Tez session beside its job."""
    return mapreduce_job_beside_session(facts).properties()


def tez_classes(facts: Facts) -> Contribution:
    """Of tez-site: every node has Hive and an archive of Hive's and Tez's classes."""
    archive = Appended(archived(facts.release.java_of("Tez"), "tez"), " ")
    return {
        "tez.cluster.additional.classpath.prefix": HIVE_JARS,
        "tez.am.launch.cluster-default.cmd-opts": archive,
        "tez.task.launch.cluster-default.cmd-opts": archive,
    }


CONTRIBUTIONS = {
    "core-site": proxy_user,
    "mapred-site": mapreduce_sizes,
    "tez-site": tez_classes,
}
