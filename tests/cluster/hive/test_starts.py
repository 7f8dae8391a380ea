"""Hive's and Tez's JVMs start from archived class data."""

from __future__ import annotations

from typing import Any

from TCLIService.ttypes import TOperationState

from tests.cluster.archives import AS_ITS_USER, mapped, share_of_archived
from tests.cluster.hive.server import connect
from tests.cluster.installation import Installation
from tests.waiting import wait_for

OF_TEZ = rf"""for pid in $(pgrep -f 'tez[.](dag[.]app[.]DAGAppMaster|runtime[.]task[.]TezChild)'); do
  {AS_ITS_USER} grep -q '/cds/tez[.]jsa$' /proc/$pid/maps &&
    tr '\0' '\n' < /proc/$pid/cmdline | grep -xE '.*(DAGAppMaster|TezChild)'
done; true"""

ENDED = (TOperationState.FINISHED_STATE, TOperationState.ERROR_STATE)


def tez_with_archive(installation: Installation, cluster_id: str) -> set[str]:
    """Classes of Tez's JVMs that have the archive mapped."""
    nodes = installation.containers(cluster_id, "CORE")
    said = (installation.run_in(node, "bash", "-c", OF_TEZ, user="root") for node in nodes)
    return {name.rpartition(".")[2] for text in said for name in text.split()}


def test_daemons_and_commands(installation: Installation, hive: str) -> None:
    master: Any = installation.containers(hive, "MASTER")[0]
    archives = mapped(installation, master)
    assert archives["metastore"] == archives["hiveserver2"] == {"hive.jsa"}
    query = "hive -e 'create table archived as select 1 as n; select n, count(*) from archived group by n'"
    assert share_of_archived(installation, master, query) > 0.97
    beeline = "beeline -u jdbc:hive2://localhost:10000 -n hadoop -e 'show tables'"
    assert share_of_archived(installation, master, beeline) > 0.97


def test_application_masters_and_tasks(installation: Installation, hive: str) -> None:
    with connect(installation, hive) as session, session.cursor() as cursor:
        # The task waits, so that a look finds it; the application master stays for a while.
        pause = "reflect('java.lang.Thread', 'sleep', cast(10000 as bigint))"
        cursor.execute(f"create table archived_too as select {pause} as nothing, 1 as n", async_=True)
        both = {"DAGAppMaster", "TezChild"}
        wait_for("Tez with its archive", lambda: tez_with_archive(installation, hive) == both)
        ended = wait_for("the query's end", lambda: (cursor.poll().operationState in ENDED) and cursor.poll())
        assert ended.operationState == TOperationState.FINISHED_STATE, ended.errorMessage
        cursor.execute("drop table archived_too")
