"""Hadoop with EMR's layout: NameNode and ResourceManager on the master, DataNodes on core instances, NodeManagers on
core and task instances. Defaults that differ from Hadoop's own are EMR's (emr-behaviour §8.2) or shorten the start.
"""

from __future__ import annotations

from pathlib import Path

from localemr.applications.hadoop.classifications import (
    CLASSIFICATIONS,
    HDFS_READS,
    HISTORY_SERVER_READS,
    NODEMANAGER_READS,
    RESOURCEMANAGER_READS,
)
from localemr.applications.hadoop.defaults import min_core_instances, offers_mb
from localemr.applications.hadoop.primaries import failover_controller, journalnode, namenode, resourcemanager
from localemr.domain.model.application import Application, Check, Daemon, WebUi
from localemr.domain.model.failures import FailureLine, Failures
from localemr.domain.model.primaries import On
from localemr.domain.model.records import CORE, MASTER, TASK

HDFS_LOGS, YARN_LOGS, MAPRED_LOGS = "/var/log/hadoop-hdfs", "/var/log/hadoop-yarn", "/var/log/hadoop-mapreduce"
NAMENODE_BEAN = "/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo"
STATUS_BEAN = "/jmx?qry=Hadoop:service=NameNode,name=NameNodeStatus"
RESOURCEMANAGER_BEAN = "/jmx?qry=Hadoop:service=ResourceManager,name=RMNMInfo"
DATANODE_BEAN = "/jmx?qry=Hadoop:service=DataNode,name=DataNodeInfo"
NODEMANAGER_BEAN = "/jmx?qry=Hadoop:service=NodeManager,name=JvmMetrics"
HISTORY_SERVER_BEAN = "/jmx?qry=Hadoop:service=JobHistoryServer,name=JvmMetrics"

ON_MASTER, ON_CORE, ON_WORKERS = frozenset({MASTER}), frozenset({CORE}), frozenset({CORE, TASK})

PIPE = r"^java\.io\.IOException: (?:Stream closed|Broken pipe)$"
ENDED = r"java\.lang\.RuntimeException: PipeMapRed\.|java\.io\.IOException: (?:Stream closed|Broken pipe)$"
FAILURES = Failures(
    lines=(
        # What the client of a MapReduce job logs; the last failed attempt of a task is the one that fails the job.
        FailureLine(r"^(?:.* )?Task Id : attempt_\S+, Status : FAILED$", certain=True, heading=True),
        FailureLine(
            r"^(?:.* )?Job job_\d+_\d+ failed with state \w+ due to: (?!NA$|Task failed|Application application_)(.+)$",
            certain=True,
        ),
        # What a task logs of its end. A streaming task's own words count more than how its program ended.
        FailureLine(rf"^.* (?:Exception|Error) running child : (?!{ENDED})(.+)$", certain=True),
    ),
    # The second: a streaming job's program ended before it had read its input.
    consequences=("Job not successful", PIPE),
    elsewhere=(
        PIPE,
        r"Application application_\d+_\d+ (?:finished with|failed)",
        r"PipeMapRed\.\w+\(\): subprocess failed",
        r"Job job_\d+_\d+ failed|Job failed!|Streaming Command Failed!|Task failed task_",
        # How YARN's diagnostics of a MapReduce job end, and how its client does.
        r"Job failed as tasks failed\.",
        r"ExitCodeException|Exception from container-launch|Container exited with a non-zero exit code",
    ),
    launchers=(r"org\.apache\.hadoop\.util\.RunJar\.",),
)

APPLICATION = Application(
    name="Hadoop",
    classifications=CLASSIFICATIONS,
    daemons=(
        Daemon("hadoop-hdfs-journalnode", ON_MASTER, journalnode, "hdfs", HDFS_LOGS, reads=HDFS_READS, on=On.THREE),
        Daemon(
            "hadoop-hdfs-namenode",
            ON_MASTER,
            namenode,
            "hdfs",
            HDFS_LOGS,
            reads=HDFS_READS,
            on=On.EACH,
        ),
        Daemon("hadoop-hdfs-zkfc", ON_MASTER, failover_controller, "hdfs", HDFS_LOGS, reads=HDFS_READS, on=On.THREE),
        Daemon(
            "hadoop-yarn-resourcemanager",
            ON_MASTER,
            resourcemanager,
            "yarn",
            YARN_LOGS,
            reads=RESOURCEMANAGER_READS,
            on=On.EACH,
        ),
        Daemon(
            "hadoop-hdfs-datanode",
            ON_CORE,
            ("hdfs", "datanode"),
            "hdfs",
            HDFS_LOGS,
            reads=HDFS_READS,
            # RUNNING after registration at the NameNode.
            up=Check("DataNode", 9864, DATANODE_BEAN, "beans.0.BPServiceActorInfo", contains=("RUNNING",)),
        ),
        Daemon(
            "hadoop-yarn-nodemanager",
            ON_WORKERS,
            ("yarn", "nodemanager"),
            "yarn",
            YARN_LOGS,
            reads=NODEMANAGER_READS,
            up=Check("NodeManager", 8042, NODEMANAGER_BEAN, "beans.0.name", contains=()),
        ),
        Daemon(
            "hadoop-mapreduce-historyserver",
            ON_MASTER,
            ("mapred", "historyserver"),
            "mapred",
            MAPRED_LOGS,
            late=True,
            reads=HISTORY_SERVER_READS,
            up=Check("MapReduce history server", 19888, HISTORY_SERVER_BEAN, "beans.0.name", contains=()),
        ),
    ),
    checks=(
        Check("NameNode out of safe mode", 9870, NAMENODE_BEAN, "beans.0.Safemode", equals="", on=On.EACH),
        Check("live DataNodes", 9870, NAMENODE_BEAN, "beans.0.LiveNodes", hosts_of=ON_CORE, on=On.EACH),
        Check("failover controller", 8019, on=On.THREE),
        Check("ResourceManager", 8088, on=On.THREE),
        Check("active NameNode", 9870, STATUS_BEAN, "beans.0.State", equals="active", on=On.ACTIVE_OF_THREE),
        Check(
            "NodeManagers", 8088, RESOURCEMANAGER_BEAN, "beans.0.LiveNodeManagers", hosts_of=ON_WORKERS, on=On.ACTIVE
        ),
    ),
    min_core_instances=min_core_instances,
    offers_mb=offers_mb,
    web_uis=(
        WebUi("HDFS NameNode", ON_MASTER, 9870, on=On.EACH),
        WebUi(
            "YARN ResourceManager",
            ON_MASTER,
            8088,
            kinds={"ResourceManager": "/cluster/app/application_{}", "ApplicationMaster": "/proxy/application_{}/"},
            on=On.EACH,
        ),
        WebUi("MapReduce JobHistory", ON_MASTER, 19888, kinds={"JobHistoryServer": "/jobhistory/job/job_{}"}),
        WebUi("YARN NodeManager", ON_WORKERS, 8042),
        WebUi("HDFS DataNode", ON_CORE, 9864),
    ),
    # The heaps and, on the master, the client of a job.
    memory_mb={ON_MASTER: 896, ON_CORE: 192, ON_WORKERS: 192},
    log_dirs={"hadoop-hdfs": HDFS_LOGS, "hadoop-yarn": YARN_LOGS, "hadoop-mapreduce": MAPRED_LOGS},
    failures=FAILURES,
    image=str(Path(__file__).parent / "image"),
    with_three_primaries=True,
    on_three_mb=288,
)
