"""HDFS and YARN on three primaries (ADR 16): a NameNode, a JournalNode, a failover controller and a ResourceManager on
each, which ZooKeeper elects.

EMR's guide ("Features that support high availability") names the daemons; from EMR 6 on there are three NameNodes, two
before. Names and values of properties are those of Bigtop, which EMR's Hadoop comes from.
"""

from __future__ import annotations

from localemr.domain.model.application import Command, Facts

NAMESERVICE, CLUSTER = "ha-nn-uri", "ha-rm-uri"
"""EMR's names of the HDFS and of the YARN that fail over."""
JOURNAL, NAMES = "/mnt/namenode/journal", "/mnt/namenode"
HA = "org.apache.hadoop.hdfs.server.namenode.ha"
STORE = "org.apache.hadoop.yarn.server.resourcemanager.recovery.ZKRMStateStore"
NAMENODE, RESOURCEMANAGER = ("/usr/lib/localemr/bin/namenode",), ("yarn", "resourcemanager")

FORMAT_JOURNAL = f"""\
current={JOURNAL}/{NAMESERVICE}/current
if [ ! -s $current/VERSION ]; then
  mkdir -p $current/paxos || exit 1
  grep -E '^(namespaceID|cTime|layoutVersion)=[-0-9]+$' {NAMES}/current/VERSION > $current/VERSION.new || exit 1
  printf 'clusterID=CID-%s\\nstorageType=JOURNAL_NODE\\n' "$LOCALEMR_CLUSTER_ID" >> $current/VERSION.new
  mv $current/VERSION.new $current/VERSION
fi
"""
"""What `hdfs namenode -initializeSharedEdits` does, without a JVM, before the JournalNode runs: all NameNodes begin
with the file system that was formatted in the image."""
OWN_EDITS = f"""\
if [ ! -e {NAMES}/shared ]; then
  rm -f {NAMES}/current/edits_* && touch {NAMES}/shared || exit 1
fi
"""
"""The edits that made the image's file system are in its fsimage. Those that follow are the JournalNodes': a NameNode
that has edits of its own after the fsimage does not become active."""
BOOTSTRAP = f"""\
if [ ! -e {NAMES}/shared ]; then
  hdfs namenode -bootstrapStandby -force -nonInteractive && touch {NAMES}/shared || exit 1
fi
"""
"""The NameNode of a replaced primary takes the file system of the others."""
AWAIT_ZOOKEEPER = """\
serves() { exec 3<> /dev/tcp/127.0.0.1/2181 && echo srvr >&3 && grep -q ^Mode: <&3; }
until (serves) 2> /dev/null; do sleep 0.2; done
"""
"""ResourceManagers and failover controllers end when ZooKeeper has no quorum 10 s after their start."""
FORMAT_ZOOKEEPER = "hdfs zkfc -formatZK -nonInteractive || [ $? = 2 ] || exit 1\n"
"""Makes the failover controllers' node in ZooKeeper; 2: it is there."""


def core(facts: Facts) -> dict[str, str]:
    """Of core-site: the nameservice, and ZooKeeper for the failover controllers."""
    if not facts.primaries:
        return {}
    return {"fs.defaultFS": f"hdfs://{NAMESERVICE}", "ha.zookeeper.quorum": _at(facts, 2181)}


def hdfs(facts: Facts) -> dict[str, str]:
    """Of hdfs-site."""
    if not facts.primaries:
        return {"dfs.namenode.rpc-address": f"{facts.master_host}:8020", "dfs.namenode.http-address": "0.0.0.0:9870"}
    names = _names(facts, "nn")
    return {
        "dfs.nameservices": NAMESERVICE,
        f"dfs.ha.namenodes.{NAMESERVICE}": ",".join(names),
        **{f"dfs.namenode.rpc-address.{NAMESERVICE}.{name}": f"{host}:8020" for name, host in names.items()},
        **{f"dfs.namenode.http-address.{NAMESERVICE}.{name}": f"{host}:9870" for name, host in names.items()},
        "dfs.namenode.rpc-bind-host": "0.0.0.0",
        "dfs.namenode.http-bind-host": "0.0.0.0",
        "dfs.namenode.shared.edits.dir": f"qjournal://{_at(facts, 8485, ';')}/{NAMESERVICE}",
        "dfs.journalnode.edits.dir": JOURNAL,
        f"dfs.client.failover.proxy.provider.{NAMESERVICE}": f"{HA}.ConfiguredFailoverProxyProvider",
        "dfs.ha.automatic-failover.enabled": "true",
        # A standby NameNode follows within seconds, so a new one leaves safe mode without a roll of the edits.
        "dfs.ha.tail-edits.in-progress": "true",
        "dfs.ha.tail-edits.period": "5",
        # The JournalNodes take edits of one NameNode only: another one needs no end by force.
        "dfs.ha.fencing.methods": "shell(/bin/true)",
        **({"dfs.ha.namenode.id": _own(facts, names)} if facts.host in facts.primaries else {}),
    }


def yarn(facts: Facts) -> dict[str, str]:
    """Of yarn-site."""
    if not facts.primaries:
        return {
            "yarn.resourcemanager.hostname": facts.master_host,
            # Application masters on other nodes take their proxy's address from this: 0.0.0.0 would be their own node.
            "yarn.resourcemanager.webapp.address": f"{facts.master_host}:8088",
            "yarn.resourcemanager.recovery.enabled": "false",
        }
    names = _names(facts, "rm")
    return {
        "yarn.resourcemanager.ha.enabled": "true",
        "yarn.resourcemanager.cluster-id": CLUSTER,
        "yarn.resourcemanager.ha.rm-ids": ",".join(names),
        **{f"yarn.resourcemanager.hostname.{name}": host for name, host in names.items()},
        **{f"yarn.resourcemanager.webapp.address.{name}": f"{host}:8088" for name, host in names.items()},
        "yarn.resourcemanager.recovery.enabled": "true",
        "yarn.resourcemanager.store.class": STORE,
        "hadoop.zk.address": _at(facts, 2181),
        **({"yarn.resourcemanager.ha.id": _own(facts, names)} if facts.host in facts.primaries else {}),
    }


def heaps(facts: Facts) -> dict[str, str]:
    """Of hadoop-env: heaps of the additional daemons in MB."""
    return {"HADOOP_JOURNALNODE_HEAPSIZE": "128", "HADOOP_ZKFC_HEAPSIZE": "96"} if facts.primaries else {}


def namenode(facts: Facts) -> Command:
    """The command of the NameNode."""
    if not facts.primaries:
        return NAMENODE
    return _after(BOOTSTRAP if facts.replaces else OWN_EDITS, *NAMENODE)


def journalnode(facts: Facts) -> Command:
    """The command of the JournalNode."""
    return _after(FORMAT_JOURNAL, "hdfs", "journalnode")


def failover_controller(facts: Facts) -> Command:
    """The command of the failover controller. The first ones make their node in ZooKeeper."""
    return _after(AWAIT_ZOOKEEPER + ("" if facts.replaces else FORMAT_ZOOKEEPER), "hdfs", "zkfc")


def resourcemanager(facts: Facts) -> Command:
    """The command of the ResourceManager."""
    return _after(AWAIT_ZOOKEEPER, *RESOURCEMANAGER) if facts.primaries else RESOURCEMANAGER


def _after(script: str, *command: str) -> Command:
    return ("bash", "-c", f'{script}exec "$@"', command[-1], *command)


def _names(facts: Facts, prefix: str) -> dict[str, str]:
    """nn1, nn2 …: the primaries' host names."""
    return {f"{prefix}{number}": host for number, host in enumerate(facts.primaries, 1)}


def _own(facts: Facts, names: dict[str, str]) -> str:
    return next(name for name, host in names.items() if host == facts.host)


def _at(facts: Facts, port: int, separator: str = ",") -> str:
    return separator.join(f"{host}:{port}" for host in facts.primaries)
