"""The command as a person uses it, with clusters in memory: up, status, kill -9, down."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
import pytest

from localemr.installation.background import fetch_health


class Installation:
    """A home, a port and the command."""

    def __init__(self, home):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.home = home
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOCALEMR_", "AWS_"))}
        self.environ = {
            **kept,
            "LOCALEMR_HOME": str(home),
            "LOCALEMR_PORT": str(self.port),
            "LOCALEMR_RUNTIME": "memory",
            "NO_COLOR": "1",
        }

    def __call__(self, *arguments):
        """Run the command; exit code, and both outputs in one."""
        done = subprocess.run(
            [sys.executable, "-m", "localemr", *arguments],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=90,
            check=False,
        )
        return done.returncode, done.stdout

    def pid(self):
        return json.loads((self.home / "controller.pid").read_text())["pid"]


@pytest.fixture
def localemr(tmp_path):
    installation = Installation(tmp_path / "home")
    yield installation
    installation("down")


def gone(pid):
    for _ in range(100):
        if not os.path.exists(f"/proc/{pid}"):
            return True
        time.sleep(0.05)
    return False


def test_up_status_kill_up_down(localemr):
    code, text = localemr("up")
    assert code == 0, text
    assert "LocalEMR is up" in text and localemr.url in text and 'eval "$(localemr env)"' in text
    first = localemr.pid()
    assert fetch_health(localemr.url)[0] == 200

    code, text = localemr("up")
    assert (code, "already up" in text, localemr.pid()) == (0, True, first), text

    code, text = localemr("status")
    assert code == 0 and "up at" in text and "none active" in text, text

    os.kill(first, signal.SIGKILL)
    assert gone(first)
    code, text = localemr("status")
    assert code == 1 and "does not answer" in text, text
    assert localemr("up")[0] == 0
    second = localemr.pid()
    assert second != first

    code, text = localemr("down")
    assert code == 0 and "Controller stopped" in text, text
    assert gone(second)
    # Nothing is left behind, and a second time is harmless.
    assert not localemr.home.exists()
    assert localemr("down")[0] == 0


def test_status_shows_a_cluster_with_its_instances(localemr):
    assert localemr("up")[0] == 0
    emr = boto3.client(
        "emr", endpoint_url=localemr.url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    groups = [
        {"InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": count}
        for role, count in (("MASTER", 1), ("CORE", 2))
    ]
    cluster = emr.run_job_flow(
        Name="shown [bold]",
        ReleaseLabel="emr-7.13.0",
        Instances={"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True},
        JobFlowRole="EMR_EC2_DefaultRole",
        ServiceRole="EMR_DefaultRole",
    )["JobFlowId"]
    emr.get_waiter("cluster_running").wait(ClusterId=cluster, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    code, text = localemr("status")
    assert code == 0, text
    assert cluster in text and "shown [bold]" in text and "WAITING" in text
    assert text.count("m5.xlarge") == 3 and text.count("CORE") == 2

    code, text = localemr("cost", cluster)
    assert code == 0 and text.count("m5.xlarge") == 2 and "An estimate in USD" in text, text

    code, text = localemr("ssh", cluster)
    assert code != 0 and "clusters of the memory runtime have no containers" in text, text

    code, text = localemr("down", "--keep-data")
    assert code == 0, text


def test_a_port_in_use_is_named(localemr):
    with socket.create_server(("127.0.0.1", localemr.port)):
        code, text = localemr("up")
    assert code == 1
    assert f"port {localemr.port} on 127.0.0.1 is used by another program" in text
    assert "LOCALEMR_PORT" in text
    assert "Traceback" not in text
    with HTTPServer(("127.0.0.1", localemr.port), BaseHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        code, text = localemr("status")
        assert code == 1 and f"another program uses port {localemr.port}: stop it" in text, text
        code, text = localemr("logs", "mine")
        assert code == 1 and "what answers is not LocalEMR (HTTP status 501)" in text and "<" not in text, text
        other.shutdown()


def test_keys_that_the_controller_does_not_accept_are_named(localemr):
    keys = {"LOCALEMR_ACCESS_KEYS": "me:mine", "LOCALEMR_ACCESS_KEY": "me", "LOCALEMR_SECRET_KEY": "mine"}
    without = dict(localemr.environ)
    localemr.environ = without | keys
    assert localemr("up")[0] == 0
    localemr.environ = without
    code, text = localemr("status")
    assert code == 1 and "set LOCALEMR_ACCESS_KEY and LOCALEMR_SECRET_KEY to one of its pairs" in text, text
    localemr.environ = without | keys
    assert localemr("status")[0] == 0


@pytest.mark.parametrize("name", ["mine", "j-MINE", "j-0123456789ABC"])
def test_an_unknown_cluster_is_named(localemr, name):
    assert localemr("up")[0] == 0
    for command in ("logs", "cost", "interrupt"):
        code, text = localemr(command, name)
        assert code == 1 and f"there is no cluster '{name}'" in text and "`localemr status --all`" in text, text


def test_a_controller_of_another_terminal_is_not_stopped(localemr, tmp_path):
    assert localemr("up")[0] == 0
    stranger = Installation(tmp_path / "other")
    stranger.environ["LOCALEMR_PORT"] = str(localemr.port)
    code, text = stranger("down")
    assert code == 1 and "did not start" in text, text
    assert fetch_health(localemr.url)[0] == 200


@pytest.mark.parametrize("command", ["up", "env", "status", "cost", "down", "doctor", "serve", "demo"])
def test_a_wrong_setting_is_named_by_every_command(localemr, command):
    wrong = {"LOCALEMR_S3_PORT": ("many", "expected int"), "LOCALEMR_RUNTIME": ("dokcer", "expected docker, kubern")}
    good = dict(localemr.environ)
    for name, (value, expected) in wrong.items():
        localemr.environ = good | {name: value}
        code, text = localemr(command)
        assert code == 1
        assert f"{name}='{value}': {expected}" in text
        assert "Traceback" not in text
    localemr.environ = good
