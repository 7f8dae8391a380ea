"""`localemr ssh` and `localemr logs` without containers: what is requested, and what is shown."""

import gzip
import io
import os
import subprocess
from types import SimpleNamespace

import pytest

from localemr.cli import logs, ssh, steplogs, targets
from localemr.problem import Problem


class Growing:
    """A source whose logs get longer with each look."""

    def __init__(self, *states):
        self.states = list(states)

    def sizes(self):
        self.now = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {name: len(text) for name, text in self.now.items()}

    def read(self, name, start):
        yield self.now[name][start:].encode()


def show(monkeypatch, capsysbinary, source, file=None, looks=1):
    monkeypatch.setattr(logs, "LOOK", 0)
    left = list(range(looks))
    logs._show(source, file, lambda: left.pop() == 0)
    return capsysbinary.readouterr().out.decode()


def test_logs_are_shown_under_their_names(monkeypatch, capsysbinary):
    source = Growing({"controller": "began\n", "stdout": "", "stderr": "oops\n"})
    assert show(monkeypatch, capsysbinary, source) == "==> controller <==\nbegan\n\n==> stderr <==\noops\n"


def test_following_shows_each_byte_once(monkeypatch, capsysbinary):
    states = [{}, {"stdout": "one\n"}, {"stdout": "one\ntwo\n"}, {"stdout": "one\ntwo\n", "stderr": "x\n"}]
    shown = show(monkeypatch, capsysbinary, Growing(*states), looks=4)
    assert shown == "==> stdout <==\none\ntwo\n\n==> stderr <==\nx\n"
    assert show(monkeypatch, capsysbinary, Growing(*states), file="stdout", looks=4) == "one\ntwo\n"


class Missing(Exception):
    pass


class S3:
    class exceptions:
        NoSuchBucket = Missing

    def __init__(self, objects):
        self.objects = objects

    def list_objects_v2(self, Bucket, Prefix):
        if Bucket != "logs":
            raise Missing
        return {"Contents": [{"Key": key} for key in self.objects if key.startswith(Prefix)]}

    def get_object(self, Bucket, Key):
        return {"Body": Body(self.objects[Key])}


class Body(io.BytesIO):
    def iter_chunks(self, size):
        return iter(lambda: self.read(7), b"")


def test_logs_from_s3_are_unpacked_in_pieces():
    place = "a b+%20/c#1?/j-1/steps/s-1/"
    s3 = S3({f"{place}stdout.gz": gzip.compress(b"hello " * 100), f"{place}other.gz": b""})
    bucket = steplogs.Bucket(s3, f"s3://logs/{place}")
    assert list(bucket.sizes()) == ["stdout"]
    assert b"".join(bucket.read("stdout", 0)) == b"hello " * 100
    assert steplogs.Bucket(s3, "s3://none/a/").sizes() == {}


def test_logs_of_a_master_that_has_none_yet():
    class Container:
        def exec_run(self, command, stderr):
            return 1, b""

    assert steplogs.Node(Container(), "s-1").sizes() == {}


class Local:
    """A container whose commands run here."""

    def exec_run(self, command, stderr):
        done = subprocess.run(command, capture_output=True, check=False)
        return done.returncode, done.stdout


class Forgetful(Local):
    """A container of a busy machine: Docker loses the output of every other command."""

    def __init__(self):
        self.commands = 0

    def exec_run(self, command, stderr, stream=False):
        self.commands += 1
        code, output = super().exec_run(command, stderr)
        output = b"" if self.commands % 2 else output
        return SimpleNamespace(output=[output] if output else []) if stream else (code, output)


def test_a_lost_output_is_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(steplogs, "DIRECTORY", str(tmp_path))
    (tmp_path / "s-1").mkdir()
    node = steplogs.Node(Forgetful(), "s-1")
    assert node.sizes() == {}
    (tmp_path / "s-1/stdout").write_text("12345")
    assert node.sizes() == {"stdout": 5}
    assert b"".join(node.read("stdout", 1)) == b"2345"


@pytest.mark.parametrize("odd", ["two words", "one\ntwo 3", "stdout\n5 stderr", " ", b"\xff\xfe 1", "7 controller"])
def test_a_step_may_write_files_of_any_name_beside_its_logs(tmp_path, monkeypatch, odd):
    monkeypatch.setattr(steplogs, "DIRECTORY", str(tmp_path))
    folder = tmp_path / "s-1"
    folder.mkdir()
    (folder / "stdout").write_text("12345")
    (folder / "controller").write_text("123")
    (folder / os.fsdecode(odd)).write_text("foreign")
    assert steplogs.Node(Local(), "s-1").sizes() == {"controller": 3, "stdout": 5}


@pytest.mark.parametrize(
    ("cluster", "step", "place"),
    [
        ({"Id": "j-1", "LogUri": "s3n://logs/a/"}, {"Id": "s-1"}, "s3://logs/a/j-1/steps/s-1/"),
        ({"Id": "j-1", "LogUri": "s3n://logs/"}, {"Id": "s-1", "LogUri": "s3://m/"}, "s3://m/j-1/steps/s-1/"),
    ],
)
def test_where_a_steps_logs_are(cluster, step, place):
    assert logs._place(cluster, step) == place


def test_a_cluster_without_log_uri_has_none_when_it_has_ended():
    with pytest.raises(Problem, match="has no LogUri"):
        logs._place({"Id": "j-1"}, {"Id": "s-1"})


def test_the_words_of_a_command_are_one_line_for_a_login_shell():
    argv = ssh.arguments("c1", ["ls", "-l", "|", "wc"], terminal=False)
    assert argv[:2] == ["docker", "exec"]
    assert argv[-5:] == ["c1", "bash", "--login", "-c", "ls -l | wc"]
    assert "--tty" not in argv
    shell = ssh.arguments("c1", [], terminal=True)
    assert "--tty" in shell and shell[-3:] == ["c1", "bash", "--login"]
    assert shell[shell.index("--user") + 1] == "hadoop"


class Emr:
    """As much of the API as finding takes."""

    def __init__(self, clusters=(), instances=(), steps=()):
        self.pages = {"list_clusters": {"Clusters": clusters}, "list_instances": {"Instances": instances}}
        self.pages["list_steps"] = {"Steps": steps}

    def get_paginator(self, operation):
        page = self.pages[operation]

        class Paginator:
            def paginate(self, **_):
                yield page

        return Paginator()

    def describe_cluster(self, ClusterId):
        return {"Cluster": named(ClusterId, "WAITING")}


def named(cluster_id, state, name="etl"):
    return {"Id": cluster_id, "Name": name, "Status": {"State": state}}


def test_a_cluster_is_found_by_its_name_the_active_one_first():
    clusters = [named("j-3", "TERMINATED"), named("j-2", "WAITING"), named("j-1", "RUNNING", "other")]
    assert targets.cluster(Emr(clusters), "etl")["Id"] == "j-2"
    assert targets.cluster(Emr(clusters[:1]), "etl")["Id"] == "j-3"
    assert targets.cluster(Emr(clusters), "j-9AAAAAAAAAAAA")["Id"] == "j-9AAAAAAAAAAAA"
    with pytest.raises(Problem, match="2 active clusters are named 'etl': j-2, j-4"):
        targets.cluster(Emr([*clusters, named("j-4", "STARTING")]), "etl")
    with pytest.raises(Problem, match="there is no cluster 'x'"):
        targets.cluster(Emr(clusters), "x")


def test_a_step_is_found_by_its_name_the_newest_first():
    steps = [{"Id": "s-2", "Name": "load"}, {"Id": "s-1", "Name": "load"}]
    assert targets.step(Emr(steps=steps), "j-1", "load")["Id"] == "s-2"
    assert targets.step(Emr(steps=steps), "j-1", "s-1")["Id"] == "s-1"
    with pytest.raises(Problem, match="j-1 has no step 'x'"):
        targets.step(Emr(steps=steps), "j-1", "x")


def test_an_instance_is_found_by_each_of_its_names():
    def item(number, state):
        return {
            "Id": f"ci-{number}",
            "Ec2InstanceId": f"i-{number}",
            "PrivateDnsName": f"ip-10-0-0-{number}.ec2.internal",
            "PrivateIpAddress": f"10.0.0.{number}",
            "Status": {"State": state},
        }

    emr = Emr(instances=[item(1, "RUNNING"), item(2, "RUNNING"), item(3, "TERMINATED")])
    cluster = {**named("j-1", "RUNNING"), "MasterPublicDnsName": "ip-10-0-0-1.ec2.internal"}
    assert targets.instance(emr, cluster)["Id"] == "ci-1"
    for name in ("ci-2", "i-2", "ip-10-0-0-2.ec2.internal", "ip-10-0-0-2", "10.0.0.2"):
        assert targets.instance(emr, cluster, name)["Id"] == "ci-2"
    with pytest.raises(Problem, match="no running instance 'ci-3'"):
        targets.instance(emr, cluster, "ci-3")
    with pytest.raises(Problem, match="no running master"):
        targets.instance(emr, named("j-1", "STARTING"))
