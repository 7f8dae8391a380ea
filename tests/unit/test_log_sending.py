"""Sending logs from an instance: which, where to, when, and what never."""

from __future__ import annotations

import gzip
import io
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from localemr_node import applications, history, logfiles, shipping, snapshot, watching
from localemr_node.logfiles import Log
from localemr_node.watching import EVERY, QUIET, Watcher, in_child

NOW = 1_800_000_000.0


def log(path: Path, key: str = "steps/s-1/stderr.gz") -> Log:
    status = path.stat()
    return Log(key, [status.st_size, status.st_mtime_ns], lambda: path.open("rb"))


@pytest.fixture
def manifest(tmp_path: Path) -> shipping.Manifest:
    return shipping.Manifest(str(tmp_path / "manifest"))


class Bucket:
    """What was put, unpacked, by bucket and key."""

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}

    def put(self, path: str, uri: str) -> None:
        self.objects[uri.removeprefix("s3://")] = gzip.decompress(Path(path).read_bytes()).decode()


def test_logs_are_sent_once_and_again_when_they_change(tmp_path: Path) -> None:
    path = tmp_path / "stderr"
    path.write_text("one")
    bucket = Bucket()

    def ship() -> int:
        places = shipping.Places("s3://logs/a/b/", "j-1", str(tmp_path))
        manifest = shipping.Manifest(str(tmp_path / "manifest"))
        return shipping.Shipper(bucket.put, places, manifest).ship([log(path)])

    assert (ship(), ship()) == (1, 0)
    assert bucket.objects == {"logs/a/b/j-1/steps/s-1/stderr.gz": "one"}
    path.write_text("one two")
    assert ship() == 1
    assert list(bucket.objects.values()) == ["one two"]


def test_a_log_that_vanished_is_passed_over(tmp_path: Path, manifest: shipping.Manifest) -> None:
    gone, there = tmp_path / "gone", tmp_path / "there"
    gone.write_text("1")
    there.write_text("2")
    logs = [log(gone, "containers/a/b/gone.gz"), log(there, "containers/a/b/there.gz")]
    gone.unlink()
    bucket = Bucket()
    assert shipping.Shipper(bucket.put, shipping.Places("s3://logs/", "j-1"), manifest).ship(logs) == 1
    assert bucket.objects == {"logs/j-1/containers/a/b/there.gz": "2"}


def test_logs_by_any_name(tmp_path: Path, manifest: shipping.Manifest) -> None:
    """A program may name its files as it likes; an object's name is UTF-8."""
    names = [b"a b+c%20#1?.log", "\u00e9".encode(), b"caf\xe9", b'quo"te\\d', b"two\nlines"]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("x")
    bucket = Bucket()
    places = shipping.Places("s3://logs/odd place+1%20/", "j-1")
    assert shipping.Shipper(bucket.put, places, manifest).ship(logfiles.tree(str(tmp_path), "node/i-1")) == len(names)
    keys = {each.removeprefix("logs/odd place+1%20/j-1/node/i-1/").removesuffix(".gz") for each in bucket.objects}
    assert keys == {each.decode(errors="replace") for each in names}


class Refusal(Exception):
    final = True


def test_a_log_that_s3_refuses_does_not_keep_the_others_back(tmp_path: Path, manifest: shipping.Manifest) -> None:
    path = tmp_path / "stderr"
    path.write_text("one")
    bucket = Bucket()

    def put(path: str, uri: str) -> None:
        if "refused" in uri:
            raise Refusal(uri)
        bucket.put(path, uri)

    logs = [log(path, f"steps/s-1/{name}.gz") for name in ("a", "refused", "z")]
    shipper = shipping.Shipper(put, shipping.Places("s3://logs/", "j-1", str(tmp_path)), manifest)
    with pytest.raises(Refusal):
        shipper.ship(logs)
    assert sorted(bucket.objects) == ["logs/j-1/steps/s-1/a.gz", "logs/j-1/steps/s-1/z.gz"]
    assert [each.key for each in logs if manifest.is_new(each)] == ["steps/s-1/refused.gz"]


def test_a_step_may_have_a_place_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "step-s-1.json").write_text(json.dumps({"spec": {"id": "s-1", "log_uri": "s3://mine/here/"}}))
    (tmp_path / "step-s-2.json").write_text(json.dumps({"spec": {"log_uri": None}}))
    places = shipping.Places("s3://logs/", "j-1", str(tmp_path))
    assert places.of("steps/s-1/stdout.gz") == "s3://mine/here/j-1/steps/s-1/stdout.gz"
    assert places.of("steps/s-2/stdout.gz") == "s3://logs/j-1/steps/s-2/stdout.gz"
    without = shipping.Places("", "j-1", str(tmp_path))
    assert without.of("steps/s-1/stdout.gz") == "s3://mine/here/j-1/steps/s-1/stdout.gz"
    assert without.of("steps/s-2/stdout.gz") == ""
    assert without.of("node/i-1/applications/spark/x.gz") == ""


@pytest.mark.parametrize("at", [0, 5, shipping.BLOCK - 3, shipping.BLOCK, 2 * shipping.BLOCK - 1])
def test_credentials_never_leave(at: int) -> None:
    text = b"." * at + b"a-secret" + b"." * (2 * shipping.BLOCK)
    target = io.BytesIO()
    shipping.copy(io.BytesIO(text), target, [b"a-secret"])
    assert target.getvalue() == text.replace(b"a-secret", b"********")


def test_without_secrets_all_is_copied() -> None:
    target = io.BytesIO()
    shipping.copy(io.BytesIO(b"x" * 3_000_000), target, [])
    assert target.getvalue() == b"x" * 3_000_000


def test_the_environment_says_what_is_secret(
    tmp_path: Path, manifest: shipping.Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    path = tmp_path / "stdout"
    path.write_text("the key is hunter2\n")
    bucket = Bucket()
    shipping.Shipper(bucket.put, shipping.Places("s3://logs/", "j-1"), manifest).ship([log(path)])
    assert list(bucket.objects.values()) == ["the key is *******\n"]


def test_where_logs_belong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logfiles, "STEPS", str(tmp_path / "steps"))
    monkeypatch.setattr(logfiles, "CONTAINERS", str(tmp_path / "yarn/containers"))
    folders = {"hadoop-yarn": str(tmp_path / "yarn"), "hive": "/nowhere"}
    (tmp_path / "applications.json").write_text(json.dumps({"logs": folders}))
    monkeypatch.setattr(applications, "FILE", str(tmp_path / "applications.json"))
    monkeypatch.setattr(logfiles, "OF_THE_NODE", {"bootstrap-actions": str(tmp_path / "actions")})
    for path in (
        "steps/s-1/controller",
        "yarn/containers/application_1_1/container_1_1_01_000001/stdout",
        "yarn/containers/other/x",
        "yarn/nodemanager-ip-1.log",
        "actions/1/stderr",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    found = {}
    for each in logfiles.local("i-1"):
        with each.open() as source:
            found[each.key] = source.read().decode()
    assert found == {
        "steps/s-1/controller.gz": "steps/s-1/controller",
        "containers/application_1_1/container_1_1_01_000001/stdout.gz": (
            "yarn/containers/application_1_1/container_1_1_01_000001/stdout"
        ),
        "node/i-1/applications/hadoop-yarn/nodemanager-ip-1.log.gz": "yarn/nodemanager-ip-1.log",
        "node/i-1/bootstrap-actions/1/stderr.gz": "actions/1/stderr",
    }


def at(changed: float, size: int = 1, key: str = "k") -> Log:
    return Log(key, [size, int(changed * 1e9)], io.BytesIO)


def test_a_log_at_rest_goes_soon_and_one_that_goes_on_once_a_minute(manifest: shipping.Manifest) -> None:
    watcher = Watcher(manifest, ended=lambda log: False)
    assert not watcher.due([at(NOW)], NOW + QUIET - 0.1)
    assert watcher.due([at(NOW)], NOW + QUIET)
    # From now on it changes every second.
    due = [second for second in range(130) if _look(watcher, manifest, NOW + 100 + second)]
    assert due == [0, EVERY, 2 * EVERY]


def _look(watcher: Watcher, manifest: shipping.Manifest, now: float) -> bool:
    logs = watcher.due([at(now, size=int(now))], now)
    for each in logs:
        manifest.sent(each)
    watcher.sent(logs, now, took=0.0)
    return bool(logs)


def test_what_is_over_goes_at_once(manifest: shipping.Manifest) -> None:
    watcher = Watcher(manifest, ended=lambda log: True)
    assert watcher.due([at(NOW)], NOW)
    manifest.sent(at(NOW))
    assert not watcher.due([at(NOW)], NOW + 100)


def test_what_is_known_to_be_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "STATE", str(tmp_path))
    (tmp_path / "step-s-1").mkdir()
    (tmp_path / "step-s-1" / "exit").touch()
    keys = ("steps/s-1/stdout.gz", "steps/s-2/stdout.gz", "containers/a/b/stdout.gz", f"{history.PREFIX}/a/job.gz")
    assert [watching.over(at(NOW, key=key)) for key in keys] == [True, False, False, True]


def test_a_log_that_takes_long_is_not_sent_again_so_soon_unless_it_is_over(manifest: shipping.Manifest) -> None:
    over = False
    watcher = Watcher(manifest, ended=lambda log: over)
    watcher.sent([at(NOW)], NOW, took=15.0)
    assert not watcher.due([at(NOW + 100)], NOW + 149)
    assert watcher.due([at(NOW + 100)], NOW + 150)
    watcher.sent([at(NOW)], NOW + 150, took=15.0)
    over = True
    assert watcher.due([at(NOW + 151)], NOW + 151)


def test_while_daemons_come_up_only_what_is_over_is_due(manifest: shipping.Manifest) -> None:
    over = False
    watcher = Watcher(manifest, ended=lambda log: over, calm=NOW + 100)
    assert not watcher.due([at(NOW)], NOW + 99)
    assert watcher.due([at(NOW)], NOW + 100)
    over = True
    assert watcher.due([at(NOW)], NOW + 99)


def test_what_another_process_sent_is_not_due(tmp_path: Path, manifest: shipping.Manifest) -> None:
    watcher = Watcher(manifest, ended=lambda log: True)
    other = shipping.Manifest(str(tmp_path / "manifest"))
    assert in_child(lambda: other.sent(at(NOW)))
    assert not watcher.due([at(NOW)], NOW)
    assert watcher.due([at(NOW + 1)], NOW + 1)


def test_the_manifest_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "EXTRA_LINES", 10)
    path = tmp_path / "manifest"
    reader, writer = shipping.Manifest(str(path)), shipping.Manifest(str(path))
    for second in range(20):
        writer.sent(at(NOW + second))
    reader.refresh()
    shipping.Manifest(str(path)).shorten()
    assert len(path.read_text().splitlines()) == 1
    shipping.Manifest(str(path)).sent(at(NOW, key="other"))
    reader.refresh()
    assert not reader.is_new(at(NOW + 19)) and not reader.is_new(at(NOW, key="other"))
    assert reader.is_new(at(NOW + 18))


def test_a_child_that_fails_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    assert not in_child(lambda: os.stat("/no/such/bucket") and None)
    assert "/no/such/bucket" in capfd.readouterr().err


JOB = "job_1700000000000_1234"
JHIST = f"{JOB}-1799990000000-hadoop-a%2Djob-1800000000000-2-1-SUCCEEDED-default-1799990001000.jhist"
TREE = {
    "/done": ["2027"],
    "/done/2027": ["01"],
    "/done/2027/01": ["15"],
    "/done/2027/01/15": ["000000"],
    "/done/2027/01/15/000000": ["job_1_0001-1-u-n-2-1-1-S-d-1.jhist", "job_1_0001_conf.xml"],
    "/coming": ["hadoop"],
    "/coming/hadoop": [JHIST, f"{JOB}_conf.xml", f"{JOB}.summary", "job_1_0009_conf.xml"],
}


@pytest.fixture
def namenode() -> Iterator[str]:
    """A NameNode that serves TREE; a file's content is its path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path, operation = parts.path.removeprefix("/webhdfs/v1"), parse_qs(parts.query)["op"][0]
            if operation == "OPEN" and "datanode" not in parts.query:
                self.send_response(307)
                self.send_header("Location", f"http://{self.headers['Host']}{self.path}&datanode=1")
                body = b""
            elif operation == "OPEN":
                self.send_response(200)
                body = unquote(path).encode()
            else:
                self.send_response(200 if path in TREE else 404)
                body = json.dumps({"FileStatuses": {"FileStatus": [self._status(path, n) for n in TREE.get(path, [])]}})
                body = body.encode()
            self.end_headers()
            self.wfile.write(body)

        @staticmethod
        def _status(path: str, name: str) -> dict[str, object]:
            kind = "DIRECTORY" if f"{path}/{name}" in TREE else "FILE"
            return {"pathSuffix": name, "type": kind, "length": 7, "modificationTime": 1_800_000_000_000}

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_job_history_is_read_from_hdfs(tmp_path: Path, namenode: str) -> None:
    configuration = tmp_path / "mapred-site.xml"
    configuration.write_text(
        "<property><name>mapreduce.jobhistory.done-dir</name><value>/done</value></property>"
        "<property>\n<name>mapreduce.jobhistory.intermediate-done-dir</name>\n<value>/coming</value></property>"
    )
    found = {}
    for each in history.files(namenode, str(configuration)):
        with each.open() as source:
            found[each.key] = source.read().decode()
    moved, day = "hadoop-mapreduce/history/2027/01/15/000000", history._day(JHIST)
    coming = f"hadoop-mapreduce/history/{day}/000001"
    assert found == {
        f"{moved}/job_1_0001-1-u-n-2-1-1-S-d-1.jhist.gz": "/done/2027/01/15/000000/job_1_0001-1-u-n-2-1-1-S-d-1.jhist",
        f"{moved}/job_1_0001_conf.xml.gz": "/done/2027/01/15/000000/job_1_0001_conf.xml",
        f"{coming}/{JHIST}.gz": f"/coming/hadoop/{JHIST}",
        f"{coming}/{JOB}_conf.xml.gz": f"/coming/hadoop/{JOB}_conf.xml",
    }


def test_who_looks_often_reads_it_only_when_something_changed(
    tmp_path: Path, namenode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = tmp_path / "mapred-site.xml"
    configuration.write_text(
        "<property><name>mapreduce.jobhistory.done-dir</name><value>/none</value></property>"
        "<property><name>mapreduce.jobhistory.intermediate-done-dir</name><value>/coming</value></property>"
    )
    news = history.News()
    assert len(news.files(namenode, str(configuration))) == 2
    monkeypatch.setitem(TREE, "/coming/hadoop", [])
    assert len(news.files(namenode, str(configuration))) == 2, "nothing seems to have changed"
    assert len(news.files("127.0.0.1:1", str(configuration))) == 2, "and what was found is not forgotten"
    monkeypatch.setitem(TREE, "/coming", ["hadoop", "spark"])
    assert news.files(namenode, str(configuration)) == []


def test_instances_without_a_namenode_have_no_job_history(tmp_path: Path) -> None:
    configuration = tmp_path / "mapred-site.xml"
    configuration.write_text("<property><name>mapreduce.jobhistory.done-dir</name><value>/done</value></property>")
    assert list(history.files("127.0.0.1:1", str(configuration))) == []
    assert list(history.files("127.0.0.1:1", str(tmp_path / "missing"))) == []


def test_the_state_of_the_host_is_written_every_quarter_of_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "COMMANDS", ("echo up", "no-such-command"))
    monkeypatch.setattr(snapshot, "MOST_FILES", 2)
    snapshots = snapshot.Snapshots(str(tmp_path / "state"), str(tmp_path / "devices"))
    for minutes in (-1, -0.5, 0, 1, 15, 30):
        snapshots.keep_up(NOW + 60 * minutes)
    names = sorted(os.listdir(tmp_path / "state"))
    assert names == ["instance-state.log-2027-01-15-08-15", "instance-state.log-2027-01-15-08-30"]
    text = (tmp_path / "state" / names[0]).read_text()
    assert "# echo up\nup\n" in text and "no-such-command: not found" in text
    assert "# df -hT / /mnt" in (tmp_path / "devices/setup_drives.log").read_text()
