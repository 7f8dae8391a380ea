"""Defaults of Pig's configuration, with EMR's values where they differ from Pig's."""

from __future__ import annotations

from localemr.applications.java import JOB, java_options, opens, own_java
from localemr.applications.memory import FRUGAL
from localemr.domain.model.application import Facts

NAME = "Pig"
CONF, LOGS = "/etc/pig/conf", "/var/log/pig"


def properties(facts: Facts) -> dict[str, str]:
    """pig.properties: Tez is EMR's engine from 5.0.0 on. MapReduce's tasks get the options that Tez's have too."""
    always = " ".join(filter(None, (FRUGAL, opens(facts.release.java_of(NAME)))))
    return {
        "exectype": "tez",
        # A folder: each run has a file of its own for what an error is followed by.
        "pig.logfile": LOGS,
        "log4jconf": f"{CONF}/log4j.properties",
        "mapreduce.admin.map.child.java.opts": f"{JOB} {always}",
        "mapreduce.admin.reduce.child.java.opts": f"{JOB} {always}",
        "yarn.app.mapreduce.am.admin-command-opts": always,
    }


def env(facts: Facts) -> dict[str, str]:
    """Java, where it is not the instance's own, and what it opens. The heap, 512 MB, is set by the launcher
    (PIG_HEAPSIZE)."""
    return {
        "JAVA_OPENS": opens(facts.release.java_of(NAME)),
        **own_java(facts, NAME),
        **java_options(facts, NAME),
    }
