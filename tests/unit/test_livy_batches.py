"""Batches of Livy's server, and what it leaves on YARN: nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.livy.server import LivyServer, ResourceManager, serving
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def yarn() -> Iterator[ResourceManager]:
    found = ResourceManager()
    yield found
    found.shutdown()
    found.server_close()


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivyServer]:
    with serving(tmp_path_factory.mktemp("local")) as found:
        yield found


@pytest.fixture(scope="module")
def server(yarn: ResourceManager, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivyServer]:
    with serving(tmp_path_factory.mktemp("yarn"), yarn.address, livy__spark__master="yarn") as found:
        yield found


def job(server: LivyServer, name: str, code: str) -> str:
    file = server.folder / name
    file.write_text(code)
    return f"file:{file}"


def test_a_batch_runs_and_succeeds(local: LivyServer) -> None:
    file = job(local, "good.py", "import sys\nprint('given', sys.argv[1:])")
    made = local.make("batches", file=file, args=["a", "b c"], name="good", conf={"spark.x": "1"})
    seen = local.wait(f"/batches/{made}", "success", "dead")
    assert (seen["state"], seen["name"], seen["owner"], seen["proxyUser"]) == ("success", "good", None, None)
    log = local.call("GET", f"/batches/{made}/log")[1]["log"]
    assert "given ['a', 'b c']" in log and '"spark.x": "1"' in log[1]
    assert local.call("GET", f"/batches/{made}/state")[1] == {"id": made, "state": "success"}
    assert local.call("DELETE", f"/batches/{made}") == (200, {"msg": "deleted"})
    assert local.call("GET", f"/batches/{made}")[0] == 404


def test_a_batch_that_fails_is_dead(local: LivyServer) -> None:
    made = local.make("batches", file=job(local, "bad.py", "raise ValueError('no good')"))
    local.wait(f"/batches/{made}", "dead")
    # Errors are among the output.
    log = local.call("GET", f"/batches/{made}/log")[1]["log"]
    assert "ValueError: no good" in log and log.index("ValueError: no good") < log.index("\nstderr: ")


def test_a_batch_is_killed(local: LivyServer) -> None:
    made = local.make("batches", file=job(local, "long.py", "import time\nprint('on', flush=True)\ntime.sleep(600)"))
    local.wait(f"/batches/{made}", "running")
    assert local.call("DELETE", f"/batches/{made}")[0] == 200
    assert local.call("GET", f"/batches/{made}")[0] == 404


def test_only_so_many_are_created(tmp_path: Path) -> None:
    with serving(tmp_path, livy__server__session__max_creation="1") as server:
        file = job(server, "long.py", "import time\ntime.sleep(600)")
        server.make("batches", file=file)
        refused = server.call("POST", "/batches", {"file": file})
        assert refused == (400, {"msg": "Rejected, too many sessions are being created!"})


def test_the_user_is_the_requests_where_impersonation_is_on(tmp_path: Path, local: LivyServer) -> None:
    file = job(local, "user.py", "")
    made = local.make("batches", file=file, proxyUser="ann")
    assert local.call("GET", f"/batches/{made}")[1]["proxyUser"] is None
    with serving(tmp_path, livy__impersonation__enabled="true") as server:
        file = job(server, "user.py", "")
        made = server.make("batches", file=file, proxyUser="ann")
        assert server.wait(f"/batches/{made}", "success")["proxyUser"] == "ann"
        assert '"--proxy-user": "ann"' in server.call("GET", f"/batches/{made}/log")[1]["log"][1]
        assert server.call("POST", "/batches?doAs=bob", {"file": file, "proxyUser": "ann"})[1]["proxyUser"] == "bob"


def test_the_application_on_yarn_is_shown(server: LivyServer, yarn: ResourceManager) -> None:
    made = server.make("batches", file=job(server, "wait.py", "import time\ntime.sleep(600)"))
    seen = server.wait(f"/batches/{made}", "running")
    assert seen["appId"] in yarn.living()
    assert seen["appInfo"] == {
        "driverLogUrl": f"http://nm/{seen['appId']}",
        "sparkUiUrl": f"http://rm/proxy/{seen['appId']}/",
    }
    assert server.call("DELETE", f"/batches/{made}")[0] == 200
    wait_for("YARN's end of it", lambda: seen["appId"] not in yarn.living())


def test_a_batch_that_yarn_kills_is_killed(server: LivyServer, yarn: ResourceManager) -> None:
    made = server.make("batches", file=job(server, "wait.py", "import time\ntime.sleep(600)"))
    seen = server.wait(f"/batches/{made}", "running")
    application = yarn.applications[seen["appId"]]
    application["killed"] = True
    os.killpg(application["pid"], signal.SIGKILL)
    server.wait(f"/batches/{made}", "killed")


def test_a_session_in_cluster_mode(server: LivyServer, yarn: ResourceManager) -> None:
    made = server.make("sessions", kind="pyspark")
    server.wait(f"/sessions/{made}", "idle")
    seen = wait_for("its application", lambda: server.call("GET", f"/sessions/{made}")[1]["appInfo"]["sparkUiUrl"])
    assert "/proxy/application_1_" in seen and server.text(made, "6 * 7") == "42"
    assert server.call("DELETE", f"/sessions/{made}")[0] == 200
    wait_for("YARN's end of it", lambda: not [each for each in yarn.living() if each in seen])


def test_nothing_stays_on_yarn_when_the_server_is_killed(yarn: ResourceManager, tmp_path: Path) -> None:
    with serving(tmp_path, yarn.address, livy__spark__master="yarn") as server:
        batch = server.make("batches", file=job(server, "wait.py", "import time\ntime.sleep(600)"))
        session = server.make("sessions", kind="pyspark")
        application = server.wait(f"/batches/{batch}", "running")["appId"]
        server.wait(f"/sessions/{session}", "idle")
        assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    # The session's program has lost its server; the batch knows nothing of it.
    wait_for("the end of the session", lambda: yarn.living() == [application])
    with serving(tmp_path, yarn.address, livy__spark__master="yarn") as server:
        assert server.call("GET", "/batches")[1]["total"] == 0
        wait_for("the end of the batch", lambda: yarn.living() == [])


def test_nothing_stays_on_yarn_when_the_server_is_stopped(yarn: ResourceManager, tmp_path: Path) -> None:
    with serving(tmp_path, yarn.address, livy__spark__master="yarn") as server:
        server.make("batches", file=job(server, "wait.py", "import time\ntime.sleep(600)"))
        wait_for("the application", yarn.living)
        assert server.stop(signal.SIGTERM) == 0
    assert yarn.living() == []
