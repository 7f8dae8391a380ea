"""Defaults of Flink's configuration, with EMR's values where they differ from Flink's."""

from __future__ import annotations

from localemr.domain.model.application import Facts

NAME = "Flink"
HISTORY_PORT = 8082
LOGS = "/var/log/flink"
IDLE_MB = 200
"""Memory in MiB that the history server takes."""
COMPLETED = "hdfs:///tmp/flink/completed-jobs"
"""Where ended jobs are written for the history server; HDFS has the folder from the first one on."""
OPENED = ("lang", "net", "io", "nio", "lang.reflect", "text", "time", "util")
CONCURRENT = ("", ".atomic", ".locks")
EXPORTED = (
    "java.base/sun.net.util",
    "java.rmi/sun.rmi.registry",
    "java.security.jgss/sun.security.krb5",
    *(f"jdk.compiler/com.sun.tools.javac.{name}" for name in ("api", "file", "parser", "tree", "util")),
)
"""Packages of Java 17 that Flink reads or calls (its own config.yaml has the same)."""


def conf(facts: Facts) -> dict[str, str]:
    """flink-conf.yaml: sizes are Flink's own, which fit every instance type; S3 is reached by Flink's plug-in."""
    return {
        "env.java.opts.all": java_options(),
        "env.java.opts.historyserver": "-Xmx160m -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        "env.hadoop.conf.dir": "/etc/hadoop/conf",
        "env.yarn.conf.dir": "/etc/hadoop/conf",
        "jobmanager.memory.process.size": "1600m",
        "taskmanager.memory.process.size": "1728m",
        "taskmanager.numberOfTaskSlots": "1",
        "parallelism.default": "1",
        # YARN has copies of Hadoop's libraries, whose class loaders outlive a job.
        "classloader.check-leaked-classloader": "false",
        "jobmanager.archive.fs.dir": COMPLETED,
        "historyserver.archive.fs.dir": COMPLETED,
        "historyserver.web.address": "0.0.0.0",
        "historyserver.web.port": str(HISTORY_PORT),
        "s3.endpoint": facts.site.s3_endpoint,
        "s3.path.style.access": "true",
        "s3.access-key": facts.site.access_key,
        "s3.secret-key": facts.site.secret_key,
    }


def java_options() -> str:
    """Options that open Java's modules to Flink and to what serializes its records."""
    opened = [f"java.base/java.{name}" for name in OPENED] + ["java.base/sun.nio.ch"]
    opened += [f"java.base/java.util.concurrent{name}" for name in CONCURRENT]
    options = [f"--add-exports={each}=ALL-UNNAMED" for each in EXPORTED]
    return " ".join(options + [f"--add-opens={each}=ALL-UNNAMED" for each in opened])
