"""Archives of class data (AppCDS), made when an image is built: with one a JVM starts in about half the CPU time."""

from __future__ import annotations


def archived(name: str) -> str:
    """The options by which the JVMs of containers take their classes from an archive.

    It is valid for class paths that begin with the one it was made of. Where it does not fit, the JVM goes on without
    it and says nothing. By default Java moves it to an address by chance: each JVM then has a copy of it of its own.
    What is started by a command gets the same options from the image's `/usr/lib/localemr/archived`.
    """
    return (
        f"-XX:SharedArchiveFile=/usr/lib/localemr/cds/{name}.jsa -Xlog:cds=off -Xlog:class+path=off "
        "-XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0"
    )
