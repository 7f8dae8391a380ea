"""Clusters, steps, logs and a catalog in memory, as a console has them after some days: for the tests of all pages."""

from __future__ import annotations

from typing import Any

from localemr.console import step_kinds
from localemr.testing.memory import MemoryEmr
from tests.contract.console_visitor import STEP, run, until
from tests.contract.small_s3 import S3
from tests.contract.test_console_logs import Logged
from tests.contract.test_console_rows import COLUMNS, CSV, TEXT
from tests.contract.test_console_uploads import a_parquet

LOADS = [(4096, 6), (20480, 22), (28672, 30), (16384, 15), (6144, 5), (12288, 12)]
"""Memory and containers that YARN has allocated, one after the other."""
ACTIONS = ("clone", "terminate", "protect", *(f"add-step/{kind}" for kind in step_kinds.KINDS))


def step(name: str, *arguments: str) -> dict[str, Any]:
    return {
        "Name": name,
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": list(arguments)},
    }


def scene(memory: MemoryEmr) -> str:
    """Some clusters; the id of the one that is shown."""
    emr = memory.client()
    ended = run(memory, Name="weekly report", Tags=[{"Key": "team", "Value": "sales"}])
    until(memory, ended, "WAITING")
    memory.control.advance(5400)
    emr.terminate_job_flows(JobFlowIds=[ended])
    until(memory, ended, "TERMINATED")
    memory.control.fail_step("export", reason="Unknown Error.")
    shown = run(memory, Name="orders", Applications=[{"Name": name} for name in ("Hadoop", "Spark", "Hive")])
    until(memory, shown, "WAITING")
    for name in ("ingest", "clean", "export", "join", "report"):
        emr.add_job_flow_steps(JobFlowId=shown, Steps=[step(name, "spark-submit", f"s3://code/{name}.py")])
        until(memory, shown, "WAITING")
        memory.control.advance(120)
    for mb, containers in LOADS * 2:
        memory.control.metrics(
            shown,
            {"yarn-mb-total": 36864, "yarn-mb-allocated": mb, "yarn-containers-allocated": containers,
             "yarn-apps-running": 2, "hdfs-bytes-used": 3e9, "hdfs-bytes-total": 2e10},
        )  # fmt: skip
        memory.control.advance(600)
    run(memory, Name="tonight")
    return shown


def lines() -> str:
    """A log as Spark writes it, on a terminal with colours."""
    return "".join(
        f"26/11/29 10:{number // 60:02}:{number % 60:02} \x1b[32mINFO\x1b[0m TaskSetManager: Finished task {number}.0 "
        f"in stage 3.0 (TID {number}) in {900 + number * 37 % 500} ms on ip-10-213-7-11.ec2.internal "
        f"({number + 1}/200)\n"
        for number in range(160)
    )


def running(memory: MemoryEmr) -> str:
    """The path of a step that runs, with its log."""
    memory.control.hang_step("sessions")
    found = Logged(memory, Name="clicks", Steps=[step("sessions", "spark-submit", "s3://code/sessions.py")])
    until(memory, found.cluster, "RUNNING")
    memory.control.advance(95)
    found.write("stderr", lines())
    return found.path


def table(glue: Any) -> None:
    """A table in the catalog, over a file of `s3_pages`."""
    storage = {"Columns": COLUMNS, "Location": "s3://data/raw/orders", "InputFormat": TEXT,
               "SerdeInfo": {"SerializationLibrary": CSV}}  # fmt: skip
    glue.create_database(DatabaseInput={"Name": "sales"})
    glue.create_table(DatabaseName="sales", TableInput={"Name": "orders", "StorageDescriptor": storage})


def s3_pages(s3: S3) -> dict[str, str]:
    """A path of every page of S3, and of a table's rows, by a name, with objects for them."""
    s3.objects |= {
        "data/raw/orders/1.csv": b"id,country\n1,AT\n2,PT\n" * 40,
        "data/raw/notes.txt": b"a \x1b[31mred\x1b[0m note\n" * 200,
        "data/raw/wide.parquet": a_parquet(**{f"column {number}": ["x" * 50] for number in range(30)}),
    }
    folder = "/console/s3/data"
    return {
        "buckets": "/console/s3", "folder": f"{folder}?prefix=raw/", "empty folder": f"{folder}?prefix=none/",
        "CSV": f"{folder}/object?key=raw/orders/1.csv", "text": f"{folder}/object?key=raw/notes.txt",
        "Parquet": f"{folder}/object?key=raw/wide.parquet", "bucket": "/console/create-bucket",
        "new folder": f"{folder}/create-folder?prefix=raw/", "delete": f"{folder}/delete?key=raw/notes.txt",
        "rows": "/console/catalog/sales/orders/rows",
    }  # fmt: skip


def pages(memory: MemoryEmr) -> dict[str, str]:
    """A path of every page by a name, over such a scene; but those of S3, which memory does not have."""
    shown, log, emr = scene(memory), running(memory), memory.client()
    emr.add_job_flow_steps(JobFlowId=shown, Steps=[STEP])
    table(memory.client("glue"))
    path = f"/console/clusters/{shown}"
    steps = {each["Name"]: each["Id"] for each in emr.list_steps(ClusterId=shown)["Steps"]}
    group = emr.list_instance_groups(ClusterId=shown)["InstanceGroups"][1]["Id"]
    return {
        "clusters": "/", "no cluster": "/?text=nothing", "cluster": path, "metrics": f"{path}/metrics?hours=3",
        "events": f"{path}/events", "failed step": f"{path}/steps/{steps['export']}",
        "step": f"{path}/steps/{steps[STEP['Name']]}", "log": f"{log}?log=stderr",
        "search": f"{log}?log=stderr&find=task+1",
        "cancel": f"{log}/cancel", "resize": f"{path}/groups/{group}/resize",
        "reconfigure": f"{path}/groups/{group}/reconfigure", "create": "/console/create", "S3": "/console/s3",
        "catalog": "/console/catalog", "database": "/console/catalog/sales", "table": "/console/catalog/sales/orders",
        "installation": "/console/installation",
        **{each: f"{path}/{each}" for each in ACTIONS},
    }  # fmt: skip
