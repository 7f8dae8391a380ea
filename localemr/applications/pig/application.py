"""Pig with EMR's layout: a command line, whose jobs run on Tez or MapReduce. It has no daemons."""

from __future__ import annotations

from pathlib import Path

from localemr.applications.image_conf import same_file
from localemr.applications.pig.defaults import CONF, LOGS, NAME, env, properties
from localemr.domain.model.application import Application, Classification
from localemr.domain.model.failures import FailureLine, Failures

IMAGE = Path(__file__).parent / "image"

FAILURES = Failures(
    lines=(
        # Below Pig's line about a place that it cannot write to.
        FailureLine(r"^(Output directory \S+ already exists)$", certain=True),
        # Of a job on Tez it is followed by the stack trace of a task.
        FailureLine(
            r"^.* ERROR org\.apache\.pig\.(?:tools\.grunt\.\w+|Main) - (ERROR \d+: .+)$",
            certain=True,
            job=r"^(ERROR \d+: [^.]*)\..*\bVertex failed, ",
        ),
    ),
    # A job that was not started, or failed: the exceptions above say why.
    consequences=(
        r"^ERROR 0: java\.lang\.IllegalStateException: Job in state DEFINE instead of RUNNING",
        r"^ERROR 1066: Unable to open iterator for alias \S+$",
    ),
    elsewhere=(r"^ERROR 2244: Job \S+ failed, hadoop does not return any error message$",),
)

APPLICATION = Application(
    name=NAME,
    needs=("Hadoop", "Tez"),
    classifications={
        "pig-properties": Classification(f"{CONF}/pig.properties", "properties", properties),
        "pig-env": Classification(f"{CONF}/pig-env.sh", "env-export", env),
        "pig-log4j": same_file(CONF, IMAGE / "conf" / "log4j.properties"),
    },
    log_dirs={"pig": LOGS},
    failures=FAILURES,
    image=str(IMAGE),
)
