"""Hudi for Spark, on clusters whose configurations switch it on."""

from __future__ import annotations

from pathlib import Path

from localemr.applications.class_path import on_class_path
from localemr.domain.model.application import Application, Classification, Switch

APPLICATION = Application(
    name="Hudi",
    needs=("Hadoop", "Spark"),
    classifications={
        "hudi-defaults": Classification("/etc/hudi/conf/hudi-defaults.conf", "spark-defaults"),
        "hudi-env": Classification("/etc/hudi/conf/hudi-env.sh", "env-export"),
    },
    contributes={
        "spark-defaults": on_class_path("/usr/lib/hudi/hudi-spark-bundle.jar"),
    },
    image=str(Path(__file__).parent / "image"),
    switch=Switch("hudi-defaults", "hudi.enabled"),
    with_three_primaries=True,
)
