"""`localemr ssh` and `localemr logs` on a real cluster."""

from __future__ import annotations

import subprocess
import sys

from tests.cluster.installation import Installation


def localemr(installation: Installation, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "localemr", *arguments],
        env=installation.environ,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_command_on_the_master_as_hadoop(installation: Installation, shared: str) -> None:
    master = installation.cluster(shared)["MasterPublicDnsName"]
    done = localemr(installation, "ssh", shared, "--", "whoami;", "pwd;", "hostname", "-f;", "echo", "oops", ">&2")
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["hadoop", "/home/hadoop", master], "oops\n")
    assert "/user/hadoop" in localemr(installation, "ssh", "shared", "--", "hdfs dfs -ls /user | tail -20").stdout


def test_its_exit_code_and_its_input_pass_through(installation: Installation, shared: str) -> None:
    assert localemr(installation, "ssh", shared, "--", "exit 42").returncode == 42
    assert localemr(installation, "ssh", shared, "--", "wc -c", stdin="12345").stdout.strip() == "5"
    # Without a command it is a shell, which reads its input.
    assert localemr(installation, "ssh", shared, stdin="echo from the shell\nexit 3\n").stdout == "from the shell\n"


def test_another_instance(installation: Installation, shared: str) -> None:
    for instance in installation.emr.list_instances(ClusterId=shared, InstanceStates=["RUNNING"])["Instances"]:
        host = instance["PrivateDnsName"]
        for name in (instance["Id"], instance["Ec2InstanceId"], host, instance["PrivateIpAddress"]):
            done = localemr(installation, "ssh", "--instance", name, shared, "--", "hostname -f")
            assert done.stdout.strip() == host, done.stderr


def test_what_is_not_there_is_named(installation: Installation, shared: str) -> None:
    done = localemr(installation, "ssh", "no such cluster")
    assert (done.returncode, "there is no cluster 'no such cluster'" in done.stderr) == (1, True)
    done = localemr(installation, "ssh", shared, "--instance", "i-0", "--", "true")
    assert (done.returncode, "no running instance 'i-0'" in done.stderr) == (1, True)
    done = localemr(installation, "logs", shared, "no such step")
    assert (done.returncode, "has no step 'no such step'" in done.stderr) == (1, True)


def test_logs_of_a_step_are_followed_to_its_end(installation: Installation, shared: str) -> None:
    script = "echo begun; while [ ! -e /tmp/follow-go ]; do sleep 0.1; done; echo done"
    step_id = installation.add_step(shared, "bash", "-c", script, Name="followed")
    follower = subprocess.Popen(
        [sys.executable, "-m", "localemr", "logs", shared, "followed", "--follow", "--file", "stdout"],
        env=installation.environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert follower.stdout is not None
    assert follower.stdout.readline() == "begun\n"
    assert installation.step(shared, step_id)["State"] == "RUNNING"
    installation.run_in(installation.containers(shared, "MASTER")[0], "touch", "/tmp/follow-go")
    assert follower.communicate(timeout=60)[0] == "done\n"
    assert follower.returncode == 0
    shown = localemr(installation, "logs", shared, step_id).stdout
    assert "==> controller <==" in shown and "==> stdout <==\nbegun\ndone\n" in shown
    listed = localemr(installation, "logs", "shared").stdout
    assert f"s3://logs/{shared}/" in listed
    assert any(step_id in line and "followed" in line for line in listed.splitlines())
