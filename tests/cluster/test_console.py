"""The console in Chromium over a real cluster: YARN's containers on the map, and the log of a step while it runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.browser import pictures
from tests.browser.chromium import browser
from tests.browser.looking import complaints
from tests.cluster.installation import Installation
from tests.waiting import wait_for

JOB = """
import pathlib, sys, time
from pyspark import TaskContext
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("sessions").getOrCreate()

def task(part):
    time.sleep(0.5)
    yield TaskContext.get().partitionId()

print("counted", len(set(spark.sparkContext.parallelize(range(60), 60).mapPartitions(task).collect())), flush=True)
while not pathlib.Path(sys.argv[1]).exists():
    spark.sparkContext.parallelize(range(4), 4).mapPartitions(task).count()
"""
TALL, SHORTER = 1200, 1000
"""Pixels in which a picture has the map, and the end of a step's log, whose text makes large files."""
TEXT = "return document.body.innerText"
CONTAINERS = (
    "return [...document.querySelectorAll('.instance')]"
    r".filter(each => /[1-9]\d* YARN container/.test(each.innerText)).length"
)
"""Nodes of the map that run a container of YARN."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chrome]:
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        pytest.skip("no Chromium: make browser")
    with browser(pictures.WIDTH, pictures.HEIGHT) as found:
        yield found


def add(installation: Installation, cluster: str, mark: str) -> str:
    """A Spark step on the master that runs until a file is there."""
    installation.s3.put_object(Bucket="data", Key="console/sessions.py", Body=JOB.encode())
    arguments = ["spark-submit", "--deploy-mode", "client", "s3://data/console/sessions.py", mark]
    jar = {"Jar": "command-runner.jar", "Args": arguments}
    step = {"Name": "sessions", "ActionOnFailure": "CONTINUE", "HadoopJarStep": jar}
    return str(installation.emr.add_job_flow_steps(JobFlowId=cluster, Steps=[step])["StepIds"][0])


def test_the_map_and_a_live_log(installation: Installation, shared: str, chromium: Chrome) -> None:
    mark = "/tmp/console-go"
    step = add(installation, shared, mark)
    path = f"{installation.emr.meta.endpoint_url}/console/clusters/{shared}"
    try:
        chromium.get(path)
        heading = chromium.find_element(By.TAG_NAME, "h1")
        # Each of the two nodes with a NodeManager has a container, of the application master or an executor.
        wait_for("containers on the map", lambda: chromium.execute_script(CONTAINERS) >= 1)
        assert "sessions" in chromium.execute_script(TEXT)
        assert heading.is_displayed()  # the page was not loaded again

        chromium.get(f"{path}/steps/{step}?log=stdout")
        wait_for("the log", lambda: "counted 60" in chromium.execute_script(TEXT))
        assert "LIVE" in chromium.execute_script(TEXT)

        chromium.get(path)  # now executors run
        wait_for("executors on the map", lambda: chromium.execute_script(CONTAINERS) >= 1)
        pictures.take(chromium, "cluster", TALL)

        chromium.get(f"{path}/steps/{step}?log=stderr")
        wait_for("a task", lambda: "TaskSetManager: Finished task" in chromium.execute_script(TEXT))
        pictures.take(chromium, "log", SHORTER)
        wait_for("YARN's links", lambda: "Applications on YARN" in chromium.execute_script(TEXT))
    finally:
        installation.run_in(installation.containers(shared, "MASTER")[0], "touch", mark)
    wait_for("the step's end", lambda: state(installation, shared, step) == "COMPLETED")
    wait_for("the end on the page", lambda: "COMPLETED" in chromium.execute_script(TEXT))
    wait_for("the log's end", lambda: "LIVE" not in chromium.execute_script(TEXT))
    assert complaints(chromium) == []
    chromium.get("about:blank")


def state(installation: Installation, cluster: str, step: str) -> Any:
    return installation.emr.describe_step(ClusterId=cluster, StepId=step)["Step"]["Status"]["State"]
