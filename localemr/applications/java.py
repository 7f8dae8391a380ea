"""Java by its major version: where it is, and the options that one version knows and another refuses."""

from __future__ import annotations

from localemr.domain.model.application import Facts

MODULES, ARCHIVES = 9, 14
"""The first versions that have modules, and that know all options of `archived`."""
OPENED = ("lang", "lang.reflect", "util", "util.concurrent", "util.concurrent.atomic", "util.regex", "net", "io", "nio",
          "text", "time")  # fmt: skip
"""Packages of java.base that programs made for Java 8 reach into (also in Hive's image, files/opens)."""


def home(java: int) -> str:
    """`JAVA_HOME` of this version (images/java/Dockerfile)."""
    return f"/usr/lib/jvm/jre-{java}"


def java_home(facts: Facts, application: str) -> str:
    """`JAVA_HOME` of the Java that the application runs on."""
    return home(facts.release.java_of(application))


def opens(java: int) -> str:
    """The options that open the JDK to programs made for Java 8; none where nothing is closed."""
    if java < MODULES:
        return ""
    packages = (*(f"java.base/java.{name}" for name in OPENED), "java.sql/java.sql")
    return " ".join(f"--add-opens={package}=ALL-UNNAMED" for package in packages)


def has_archives(java: int) -> bool:
    """Whether images have archives of class data (AppCDS) for this version."""
    return java >= ARCHIVES


def archived(java: int, name: str) -> str:
    """The options with which the JVMs of containers take their classes from an archive; none where Java has none.

    With an archive, made when the image is built, a JVM starts in about half the CPU time. It is valid for class paths
    that begin with the one it was made of. Where it does not fit, the JVM goes on without it and prints nothing. By
    default Java maps it at a random address: each JVM then has its own copy. Commands get the same options from the
    image's `/usr/lib/localemr/archived`.
    """
    if not has_archives(java):
        return ""
    return (
        f"-XX:SharedArchiveFile=/usr/lib/localemr/cds/{name}.jsa -Xlog:cds=off -Xlog:class+path=off "
        "-XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0"
    )
