"""From a step's HadoopJarStep to the command that carries it out (emr-behaviour §4.6)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping

from localemr_node.scripts import local_path
from localemr_node.specs import StepSpec

HELPERS = "/usr/share/aws/emr/command-runner/bin"
"""Commands that command-runner.jar knows besides those on PATH."""
COMMAND_RUNNER = "command-runner.jar"
EMR_BUCKET = r"s3[na]?://(?:[a-z0-9-]+\.)?elasticmapreduce"
"""EMR's own bucket of any region, with the programs that older clients name."""
SCRIPT_RUNNER = re.compile(EMR_BUCKET + r"/libs/script-runner/script-runner\.jar")
STATE_PUSHER = re.compile(EMR_BUCKET + r"/libs/state-pusher/.*")
ENGINE_SCRIPT = re.compile(EMR_BUCKET + r"/libs/(hive|pig)/(\1-script)")
ALIASES = {"/home/hadoop/contrib/streaming/hadoop-streaming.jar": "/usr/lib/hadoop-mapreduce/hadoop-streaming.jar"}
PROPERTY = "LOCALEMR_PROPERTY_"
"""Prefix of variables with options for Java, which the launch commands read."""
REMOTE = ("s3:", "s3n:", "s3a:", "hdfs:")

Fetch = Callable[[str, str], str]
"""Fetches a URI into a directory and gives the path of the copy."""


class StepError(Exception):
    """The step cannot be carried out. The message has the reason."""


def command(step: StepSpec, directory: str, fetch: Fetch) -> tuple[str, ...]:
    """The command, executed without a shell, of a step whose working directory is `directory`.

    Raises StepError, and what `fetch` raises.
    """
    jar, args = step.jar, tuple(step.args)
    if jar == COMMAND_RUNNER or jar.endswith(f"/{COMMAND_RUNNER}"):
        # As EMR's command-runner.jar does it: the command never gets an empty argument.
        return _needs_args(tuple(arg for arg in args if arg), COMMAND_RUNNER)
    if SCRIPT_RUNNER.fullmatch(jar):
        _needs_args(args, "script-runner.jar")
        if STATE_PUSHER.fullmatch(args[0]):
            return ("state-pusher-script",)
        if engine := ENGINE_SCRIPT.fullmatch(args[0]):
            return (engine[2], *args[1:])
        script = fetch(args[0], directory)
        os.chmod(script, 0o755)
        return (script, *args[1:])
    local = ALIASES.get(jar, jar)
    if local.startswith(REMOTE):
        local = _without_plus(fetch(local, directory))
    main = (step.main_class,) if step.main_class else ()
    return ("hadoop", "jar", local_path(local), *main, *args)


def environment(step: StepSpec, directory: str, base: Mapping[str, str]) -> dict[str, str]:
    """The environment of a step's command, as EMR's step runner makes it (emr-behaviour §4.7), from the run's.

    Hadoop's clients log to the step's syslog. Applications on YARN get the run's name as their tag: Spark's by a
    property of spark-submit's JVM, MapReduce's by the default of mapreduce.job.tags. The step's properties are options
    of the JVMs that `hadoop`, `hive` and `pig` start, in a variable each: any text, where HADOOP_CLIENT_OPTS has no
    blanks.
    """
    own = {
        **{f"{PROPERTY}{n}": f"-D{name}={value}" for n, (name, value) in enumerate(step.properties.items())},
        "EMR_STEP_ID": step.id,
        "HADOOP_IDENT_STRING": "hadoop",
        "HADOOP_LOG_DIR": step.log_dir,
        "HADOOP_LOGFILE": "syslog",
        "HADOOP_ROOT_LOGGER": "INFO,DRFA",
        "HADOOP_CLIENT_OPTS": _joined(base.get("HADOOP_CLIENT_OPTS"), f"-Djava.io.tmpdir={directory}/tmp"),
        "SPARK_SUBMIT_OPTS": _joined(base.get("SPARK_SUBMIT_OPTS"), f"-Dspark.yarn.tags={base['LOCALEMR_RUN']}"),
        "PATH": f"{base['PATH']}:{HELPERS}",
    }
    return {**base, **own}


def _without_plus(jar: str) -> str:
    """The jar by a name that Hadoop finds again: it takes a plus for a blank (ClassUtil.findContainingJar)."""
    directory, name = os.path.split(jar)
    if "+" not in name:
        return jar
    found = os.path.join(directory, name.replace("+", "_"))
    os.replace(jar, found)
    return found


def _joined(*options: str | None) -> str:
    return " ".join(option for option in options if option)


def _needs_args(args: tuple[str, ...], jar: str) -> tuple[str, ...]:
    if not args:
        raise StepError(f"{jar} needs arguments: the command to run")
    return args
