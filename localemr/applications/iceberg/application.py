"""Iceberg for Spark, on clusters whose configurations switch it on.

Beside its jar are the modules of AWS's SDK that GlueCatalog and S3FileIO use and Hadoop lacks.
"""

from __future__ import annotations

from pathlib import Path

from localemr.applications.class_path import on_class_path
from localemr.domain.model.application import Application, Classification, Switch

JARS = "/usr/share/aws/iceberg/lib"

APPLICATION = Application(
    name="Iceberg",
    needs=("Hadoop", "Spark"),
    classifications={
        "iceberg-defaults": Classification("/etc/iceberg/conf/iceberg-defaults.conf", "spark-defaults"),
    },
    contributes={"spark-defaults": on_class_path(f"{JARS}/iceberg-spark3-runtime.jar", f"{JARS}/aws/*")},
    image=str(Path(__file__).parent / "image"),
    switch=Switch("iceberg-defaults", "iceberg.enabled"),
    with_three_primaries=True,
)
