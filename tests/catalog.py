"""A small catalogue for tests of requests: two applications, one of which needs the other, and three instance types."""

from __future__ import annotations

from localemr.domain.model.application import Application, Classification, WebUi
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.instance_types import InstanceType
from localemr.domain.model.records import CORE, MASTER, TASK
from localemr.domain.model.release import Release
from localemr.releases import features

FILE = Classification("/etc/x", "hadoop-xml")
MANAGER = WebUi(
    "YARN ResourceManager",
    frozenset({MASTER}),
    8088,
    kinds={"ResourceManager": "/cluster/app/application_{}", "ApplicationMaster": "/proxy/application_{}/"},
)
HISTORY = WebUi("Spark history", frozenset({MASTER}), 18080, kinds={"SparkHistoryServer": "/history/application_{}/"})

CATALOG = Catalog(
    applications={
        "Hadoop": Application(
            "Hadoop",
            classifications={"core-site": FILE, "yarn-site": FILE, "hadoop-env": FILE},
            web_uis=(MANAGER,),
            memory_mb={frozenset({MASTER}): 952, frozenset({CORE, TASK}): 452},
        ),
        "Spark": Application(
            "Spark",
            ("Hadoop",),
            {"spark-defaults": FILE, "spark-env": FILE},
            web_uis=(HISTORY,),
            notebooks="/bin/execute-notebook",
        ),
        "Future": Application("Future", ("Hadoop",), {"future-site": FILE}),
    },
    releases={
        "emr-7.13.0": Release(
            "emr-7.13.0",
            {"Hadoop": "3.4.2", "Spark": "3.5.6", "Hive": "3.1.3"},
            lacks={name: features()[name] for name in ("sessions", "hundred-steps-a-call")},
        ),
        "emr-7.14.0": Release("emr-7.14.0", {"Hadoop": "3.4.2", "Future": "1.0"}),
        "emr-4.0.0": Release("emr-4.0.0", {"Hadoop": "2.6.0", "Spark": "1.4.1"}, lacks=features()),
    },
    instance_types={
        "m5.xlarge": InstanceType("m5.xlarge", 4, 16384, 12288, 4, 8),
        "c5.xlarge": InstanceType("c5.xlarge", 4, 8192, 6144, 4, 8),
        "m5.2xlarge": InstanceType("m5.2xlarge", 8, 32768, 24576, 8, 16),
    },
    memory_scale=0.25,
    default_release="emr-7.13.0",
)
