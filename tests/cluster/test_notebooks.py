"""Notebooks on a real cluster: executions with PySpark on YARN, failures and stops, kernels for clients, JupyterHub."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.daemons import RESOURCEMANAGER, page
from tests.cluster.installation import Installation, cluster_request, wait_for

GATEWAY = 9547


@pytest.fixture(scope="module")
def cluster(installation: Installation) -> Iterator[str]:
    """Id of a cluster with the gateway, the hub and a core instance."""
    persistence = {"s3.persistence.enabled": "true", "s3.persistence.bucket": "data"}
    request = cluster_request(
        "notebooks",
        Applications=[{"Name": "JupyterEnterpriseGateway"}, {"Name": "JupyterHub"}],
        Configurations=[{"Classification": "jupyter-s3-conf", "Properties": persistence}],
    )
    with installation.running(request) as cluster_id:
        yield cluster_id


def put(installation: Installation, name: str, kernel: str, *cells: str) -> None:
    """Write a notebook, whose first cell has the parameters, to S3."""
    made = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {"tags": [] if n else ["parameters"]}, "source": text,
         "execution_count": None, "outputs": []}
        for n, text in enumerate(cells)
    ]  # fmt: skip
    metadata = {"kernelspec": {"name": kernel, "display_name": kernel}}
    body = json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
    installation.s3.put_object(Bucket="data", Key=f"notebooks/{name}", Body=body.encode())


def start(installation: Installation, cluster: str, name: str, **members: Any) -> str:
    found = installation.emr.start_notebook_execution(
        ExecutionEngine={"Id": cluster},
        ServiceRole="EMR_Notebooks_DefaultRole",
        NotebookS3Location={"Bucket": "data", "Key": f"notebooks/{name}"},
        **members,
    )
    return str(found["NotebookExecutionId"])


def describe(installation: Installation, execution: str) -> dict[str, Any]:
    found: dict[str, Any] = installation.emr.describe_notebook_execution(NotebookExecutionId=execution)
    return dict(found["NotebookExecution"])


def ended(installation: Installation, execution: str, state: str) -> dict[str, Any]:
    """The execution once it has ended; it must be in this state."""

    def look() -> dict[str, Any] | None:
        found = describe(installation, execution)
        return found if "EndTime" in found else None

    found = wait_for(f"the end of {execution}", look)
    assert found["Status"] == state, found
    return found


def read(installation: Installation, uri: str) -> str:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return str(installation.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())


def printed(text: str) -> list[str]:
    """What the cells of a notebook printed."""
    outputs = [each for cell in json.loads(text)["cells"] for each in cell.get("outputs", ())]
    return ["".join(each.get("text", each.get("data", {}).get("text/plain", ""))).strip() for each in outputs]


def on_yarn(installation: Installation, cluster: str) -> list[str]:
    """The ids of all applications that have not ended."""
    (master,) = installation.containers(cluster, "MASTER")
    found = (json.loads(page(master, RESOURCEMANAGER, "/ws/v1/cluster/apps"))["apps"] or {}).get("app", [])
    return [each["id"] for each in found if each["state"] not in ("FINISHED", "FAILED", "KILLED")]


def test_a_notebook_runs_on_yarn_and_its_output_is_on_s3(installation: Installation, cluster: str) -> None:
    cells = ("n = 10", "total = spark.range(n).count()", "print(total, sc.master, sc.applicationId)")
    put(installation, "count.ipynb", "pysparkkernel", *cells)
    output = {"Bucket": "data", "Key": "notebooks/out/"}
    execution = start(
        installation, cluster, "count.ipynb", NotebookParams='{"n": 4321}', OutputNotebookS3Location=output
    )
    found = ended(installation, execution, "FINISHED")
    assert found["OutputNotebookURI"] == f"s3://data/notebooks/out/{execution}/count.ipynb"
    shown = " ".join(printed(read(installation, found["OutputNotebookURI"])))
    assert "4321 yarn application_" in shown
    wait_for("the session's end", lambda: not on_yarn(installation, cluster))


def test_an_error_of_a_cell_is_the_reason(installation: Installation, cluster: str) -> None:
    put(installation, "bad.ipynb", "pysparkkernel", "n = 1", "print('before')", "spark.table('nowhere').count()", "n")
    found = ended(installation, start(installation, cluster, "bad.ipynb"), "FAILED")
    assert "Cell 3 " in found["LastStateChangeReason"]
    assert "nowhere" in found["LastStateChangeReason"]
    assert "before" in printed(read(installation, found["OutputNotebookURI"]))
    wait_for("the session's end", lambda: not on_yarn(installation, cluster))


def test_python_on_the_master_with_variables_as_a_page(installation: Installation, cluster: str) -> None:
    put(installation, "local.ipynb", "python3", "n = 1", "import os\nprint('value', os.environ['OWN'] * 3)")
    more = {"EnvironmentVariables": {"OWN": "abc"}, "OutputNotebookFormat": "HTML"}
    found = ended(installation, start(installation, cluster, "local.ipynb", **more), "FINISHED")
    assert found["OutputNotebookURI"].endswith("/local.html")
    page_text = read(installation, found["OutputNotebookURI"])
    assert "value abcabcabc" in page_text and "<html" in page_text


def test_notebooks_that_cannot_run(installation: Installation, cluster: str) -> None:
    missing = ended(installation, start(installation, cluster, "missing.ipynb"), "FAILED")
    assert "NoSuchKey" in missing["LastStateChangeReason"]
    assert "OutputNotebookURI" not in missing
    put(installation, "unknown.ipynb", "no-such-kernel", "n = 1")
    unknown = ended(installation, start(installation, cluster, "unknown.ipynb"), "FAILED")
    assert "no-such-kernel" in unknown["LastStateChangeReason"]


def test_a_stopped_one_leaves_nothing_on_yarn(installation: Installation, cluster: str) -> None:
    put(installation, "long.ipynb", "pysparkkernel", "print('begun')", "import time\ntime.sleep(3000)")
    execution = start(installation, cluster, "long.ipynb")
    wait_for("its session", lambda: on_yarn(installation, cluster))
    assert describe(installation, execution)["Status"] == "RUNNING"
    installation.emr.stop_notebook_execution(NotebookExecutionId=execution)
    ended(installation, execution, "STOPPED")
    wait_for("the session's end", lambda: not on_yarn(installation, cluster))


def test_clients_have_kernels_by_the_gateway(installation: Installation, cluster: str) -> None:
    (master,) = installation.containers(cluster, "MASTER")
    kernels = json.loads(page(master, GATEWAY, "/api/kernelspecs"))["kernelspecs"]
    assert {"python3", "pysparkkernel", "sparkkernel"} <= set(kernels)
    port = master.ports[f"{GATEWAY}/tcp"][0]["HostPort"]
    body = json.dumps({"name": "pysparkkernel"}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/kernels", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        kernel = json.loads(answer.read())["id"]
    # The gateway lists no kernels to clients; it answers for one whose id they know.
    found = json.loads(page(master, GATEWAY, f"/api/kernels/{kernel}"))
    assert (found["id"], found["name"]) == (kernel, "pysparkkernel")


def test_a_person_at_the_hub_has_pyspark_and_files_on_s3(installation: Installation, cluster: str) -> None:
    (master,) = installation.containers(cluster, "MASTER")
    # EMR's guide adds people so.
    for command in (("useradd", "-m", "-s", "/bin/bash", "-N", "eva"), ("bash", "-c", "echo eva:secret | chpasswd")):
        installation.run_in(master, "docker", "exec", "jupyterhub", *command, user="root")
    installation.run_in(master, "aws", "s3", "cp", "--quiet", "s3://data/scripts/hub_session.py", "/tmp/hub_session.py")
    code = "print(spark.range(77).count(), sc.master)"
    session = ("/opt/conda/bin/python", "/tmp/hub_session.py", "eva")
    assert "77 yarn" in installation.run_in(master, *session, "secret", "pysparkkernel", code)
    assert code in read(installation, "s3://data/jupyter/eva/work/first.ipynb")
    wait_for("the session's end", lambda: not on_yarn(installation, cluster))
    user = "import getpass; print(getpass.getuser())"
    assert installation.run_in(master, *session, "secret", "python3", user).strip() == "eva"
    _, refusal = master.exec_run([*session, "wrong", "python3", user], user="hadoop")
    assert refusal.decode().strip() == "the hub refused the password"


def test_the_hub_answers_the_host(installation: Installation, cluster: str) -> None:
    (master,) = installation.containers(cluster, "MASTER")
    port = master.ports["9443/tcp"][0]["HostPort"]
    own = ssl._create_unverified_context()
    with urllib.request.urlopen(f"https://127.0.0.1:{port}/hub/login", timeout=60, context=own) as answer:
        assert "JupyterHub" in answer.read().decode()
