"""Java by major version: its path, and the options that only some versions accept."""

from __future__ import annotations

from localemr.domain.model.application import Facts, Properties
from localemr.domain.model.release import Release

MODULES, ARCHIVES = 9, 14
"""The first versions with modules, and with all options of `archived`."""
JOB = "-Djava.net.preferIPv4Stack=true -Dhadoop.metrics.log.level=WARN"
"""MapReduce's additional options of the JVMs of jobs."""
OPENED = ("lang", "lang.reflect", "util", "util.concurrent", "util.concurrent.atomic", "util.regex", "net", "io", "nio",
          "text", "time")  # fmt: skip
"""Packages of java.base whose internals programs for Java 8 use (also in Hive's image, files/opens)."""


def home(java: int) -> str:
    """`JAVA_HOME` of this version (images/java/Dockerfile)."""
    return f"/usr/lib/jvm/jre-{java}"


def java_home(facts: Facts, application: str) -> str:
    """`JAVA_HOME` of the application's Java."""
    return home(facts.release.java_of(application))


def own_java(facts: Facts, application: str) -> Properties:
    """The variable with the application's Java, where it is not the instance's own."""
    own = java_home(facts, application)
    return {} if own == home(facts.release.default_java) else {"JAVA_HOME": own}


def opened(java: int, *packages: str) -> str:
    """The options that open these packages of the JDK; empty for versions without modules."""
    return " ".join(f"--add-opens={package}=ALL-UNNAMED" for package in packages) if java >= MODULES else ""


def opens(java: int) -> str:
    """The options that open the JDK's packages to programs for Java 8; empty for versions without modules."""
    return opened(java, *(f"java.base/java.{name}" for name in OPENED), "java.sql/java.sql")


def for_older(release: Release, application: str) -> str:
    """The option by which a Java that stands in for an older one runs its programs and ignores options that are gone,
    such as those of the concurrent collector (images/node/older-java); empty where EMR has the same Java."""
    usual = release.javas.get(application, release.java)
    return "@/usr/lib/localemr/older-java" if release.java_of(application) > usual else ""


def java_options(facts: Facts, application: str) -> dict[str, str]:
    """Hadoop's and Hive's variable for options of all JVMs that they start, where a stand-in's Java has some."""
    older = for_older(facts.release, application)
    return {"HADOOP_OPTS": older} if older else {}


def has_archives(java: int) -> bool:
    """Whether images have archives of class data (AppCDS) for this version."""
    return java >= ARCHIVES


def archived(java: int, name: str) -> str:
    """The options with which JVMs in YARN containers load classes from an archive; empty for versions without archives.

    With an archive, made when the image is built, a JVM starts in about half the CPU time. It is valid for class paths
    that begin with the path it was made from. If it is not valid, the JVM continues without it
    and without a message. By default Java maps it at a random address, and then every JVM has its own copy. Commands
    get these options from the image's `/usr/lib/localemr/archived`.
    """
    if not has_archives(java):
        return ""
    return (
        f"-XX:SharedArchiveFile=/usr/lib/localemr/cds/{name}.jsa -Xlog:cds=off -Xlog:class+path=off "
        "-XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0"
    )
