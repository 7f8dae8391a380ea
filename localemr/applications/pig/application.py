"""Pig with EMR's layout: a command line, whose jobs run on Tez or MapReduce. It has no daemons."""

from __future__ import annotations

from pathlib import Path

from localemr.applications.image_conf import same_file
from localemr.applications.pig.defaults import CONF, LOGS, NAME, env, properties
from localemr.domain.model.application import Application, Classification
from localemr.domain.model.failures import FailureLine, Failures

IMAGE = Path(__file__).parent / "image"

APPLICATION = Application(
    name=NAME,
    needs=("Hadoop", "Tez"),
    classifications={
        "pig-properties": Classification(f"{CONF}/pig.properties", "properties", properties),
        "pig-env": Classification(f"{CONF}/pig-env.sh", "env-export", env),
        "pig-log4j": same_file(CONF, IMAGE / "conf" / "log4j.properties"),
    },
    log_dirs={"pig": LOGS},
    failures=Failures(
        lines=(FailureLine(r"^.* ERROR org\.apache\.pig\.tools\.grunt\.Grunt - (ERROR \d+: .+)$", certain=True),),
    ),
    image=str(IMAGE),
)
