"""Delta Lake for Spark, on clusters whose configurations switch it on."""

from __future__ import annotations

from pathlib import Path

from localemr.applications.class_path import on_class_path
from localemr.domain.model.application import Application, Classification, Switch

APPLICATION = Application(
    name="Delta",
    needs=("Hadoop", "Spark"),
    classifications={
        "delta-defaults": Classification("/etc/delta/conf/delta-defaults.conf", "spark-defaults"),
    },
    contributes={
        "spark-defaults": on_class_path("/usr/share/aws/delta/lib/*"),
    },
    image=str(Path(__file__).parent / "image"),
    switch=Switch("delta-defaults", "delta.enabled"),
    with_three_primaries=True,
)
