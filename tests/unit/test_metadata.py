"""The instance metadata service: its answers, its server that comes on demand, and the documents it is given."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from localemr_node.init import metadata_place
from localemr_node.metadata import KEYS_LAST, answer, respond
from localemr_node.specs import NoticeSpec
from localemr_node.tools import notice as notice_tool
from localemr_node.tools.notice import publish

from localemr.domain.model.application import Site
from localemr.domain.model.records import ClusterSpec
from localemr.domain.node.metadata import metadata
from localemr.domain.node.runs import spot_notice_run
from tests.unit.test_configurations import with_instances
from tests.world import make_records

TOOLS = Path(__file__).parents[2] / "images/node"
ROLE = "meta-data/iam/security-credentials/EMR_EC2_DefaultRole"
KEYS = {"AccessKeyId": "a", "SecretAccessKey": "b", "Token": "c"}
DOCUMENTS = {"meta-data/instance-id": "i-1", "meta-data/placement/region": "eu-west-1", ROLE: KEYS, "user-data": "{}"}
TTL, TOKEN = "x-aws-ec2-metadata-token-ttl-seconds", "x-aws-ec2-metadata-token"


def get(path: str, now: float = 1000.0, **headers: str) -> tuple[int, str]:
    made = answer(DOCUMENTS, "secret", "GET", path, {k.replace("_", "-"): v for k, v in headers.items()}, now)
    return made


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/latest/meta-data/instance-id", (200, "i-1")),
        ("/2021-07-15/meta-data/placement/region", (200, "eu-west-1")),
        ("/latest/meta-data/", (200, "iam/\ninstance-id\nplacement/")),
        ("/latest/meta-data/iam/security-credentials/", (200, "EMR_EC2_DefaultRole")),
        ("/latest", (200, "meta-data/\nuser-data")),
        ("/", (200, "latest")),
        ("/latest/meta-data/public-keys", (404, "")),
        ("/latest/meta-data/instance", (404, "")),
    ],
)
def test_documents_and_folders(path: str, found: tuple[int, str]) -> None:
    assert get(path) == found


def test_keys_end_later_with_each_request() -> None:
    for now in (0.0, 86400.0):
        keys = json.loads(get(f"/latest/{ROLE}", now)[1])
        assert {name: keys[name] for name in KEYS} == KEYS
        assert keys["Code"] == "Success"
    assert keys["LastUpdated"] == "1970-01-02T00:00:00Z"
    assert keys["Expiration"] == f"1970-01-02T{KEYS_LAST // 3600:02}:00:00Z"


def test_tokens_are_checked_when_they_are_sent() -> None:
    made = answer(DOCUMENTS, "secret", "PUT", "/latest/api/token", {TTL: "60"}, 1000.0)
    assert made[0] == 200
    token = {TOKEN: made[1]}
    assert answer(DOCUMENTS, "secret", "GET", "/latest/user-data", token, 1059.0) == (200, "{}")
    assert answer(DOCUMENTS, "secret", "GET", "/latest/user-data", token, 1060.0)[0] == 401
    assert answer(DOCUMENTS, "another", "GET", "/latest/user-data", token, 1000.0)[0] == 401
    assert answer(DOCUMENTS, "secret", "GET", "/latest/user-data", {TOKEN: "9999999999-x"}, 1000.0)[0] == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 400), ({TTL: "0"}, 400), ({TTL: "21601"}, 400), ({TTL: "60", "x-forwarded-for": "10.0.0.1"}, 403)],
)
def test_tokens_are_refused(headers: dict[str, str], status: int) -> None:
    assert answer(DOCUMENTS, "secret", "PUT", "/latest/api/token", headers, 0.0)[0] == status


def test_an_instance_is_described() -> None:
    attributes = {"IamInstanceProfile": "arn:aws:iam::1:instance-profile/mine", "Ec2AvailabilityZone": "eu-west-1c"}
    echo = {"Ec2InstanceAttributes": attributes}
    spec = ClusterSpec("t", "emr-7.13.0", ("Spark",), region="eu-west-1", echo=echo)
    records = with_instances(make_records(spec=spec))
    documents = metadata(records, records.instances[1], Site(access_key="k", secret_key="s"))
    assert documents["meta-data/placement/availability-zone"] == "eu-west-1c"
    assert documents["meta-data/local-hostname"] == "ip-10-0-0-11.eu-west-1.compute.internal"
    assert documents["meta-data/iam/security-credentials/mine"]["SecretAccessKey"] == "s"
    identity = json.loads(documents["dynamic/instance-identity/document"])
    assert (identity["privateIp"], identity["region"]) == ("10.0.0.11", "eu-west-1")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Where a supervisor serves documents of its own; nothing but its first line may come on its output."""
    documents = tmp_path / "metadata.json"
    (tmp_path / "root").mkdir()
    documents.write_text(json.dumps(DOCUMENTS))
    start = f"""import sys; sys.path.insert(0, {str(TOOLS)!r}); sys.dont_write_bytecode = True
from localemr_node import init, listener, metadata
listener.become_nobody = lambda: None  # nobody else may read the test's files
made = listener.Listener("127.0.0.1", 0, lambda request: metadata.respond(request, {str(documents)!r}))
print(made.port, flush=True)
sys.exit(init.serve({str(tmp_path / "root")!r}, {str(tmp_path / "logs")!r}, made))"""
    process = subprocess.Popen([sys.executable, "-ISB", "-c", start], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    with process.stdout:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/latest/"
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            deadline = time.monotonic() + 20
            while children.read_text() and time.monotonic() < deadline:
                time.sleep(0.01)
            assert children.read_text() == ""
        finally:
            process.terminate()
        assert process.wait(20) == 0
        reported = [list(json.loads(line)) for line in process.stdout if line.strip()]
        assert reported == [["n", "boot"], ["again", "upto", "count", "boot"], ["n", "boot"]]


def ask(url: str, method: str = "GET", **headers: str) -> str:
    requested = urllib.request.Request(url, method=method, headers={k.replace("_", "-"): v for k, v in headers.items()})
    with urllib.request.urlopen(requested, timeout=10) as reply:
        return str(reply.read().decode())


def test_the_supervisor_serves_it(url: str) -> None:
    token = ask(f"{url}api/token", "PUT", x_aws_ec2_metadata_token_ttl_seconds="60")
    assert ask(f"{url}meta-data/instance-id", x_aws_ec2_metadata_token=token) == "i-1"
    with pytest.raises(urllib.error.HTTPError, match="401"):
        ask(f"{url}meta-data/instance-id", x_aws_ec2_metadata_token="wrong")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        ask(f"{url}nothing")
    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(ask, [f"{url}meta-data/instance-id"] * 100)) == {"i-1"}


def test_an_instance_without_reports_delays_no_other(url: str) -> None:
    port = int(url.split(":")[2].split("/", maxsplit=1)[0])
    with socket.create_connection(("127.0.0.1", port)):
        assert ask(f"{url}user-data") == "{}"


def test_a_notice_is_served_once_it_was_given(tmp_path: Path) -> None:
    documents, notice = str(tmp_path / "metadata.json"), str(tmp_path / "notice.json")
    Path(documents).write_text(json.dumps({"meta-data/instance-id": "i-1"}))

    def fetch(path: str) -> tuple[str, str]:
        request = f"GET /latest/meta-data/{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        head, _, body = respond(request, documents, notice).decode().partition("\r\n\r\n")
        return head.split()[1], body

    paths = ("spot/instance-action", "spot/termination-time", "events/recommendations/rebalance")
    assert [fetch(path) for path in paths] == [("404", "")] * 3
    # It is made of what the controller sends.
    publish(NoticeSpec(spot_notice_run(86400.0, 120.0).spec).documents, notice)
    action, end, rebalance = (fetch(path) for path in paths)
    assert (action[0], json.loads(action[1])) == ("200", {"action": "terminate", "time": "1970-01-02T00:02:00Z"})
    assert end == ("200", "1970-01-02T00:02:00Z")
    assert (rebalance[0], json.loads(rebalance[1])) == ("200", {"noticeTime": "1970-01-02T00:00:00Z"})
    assert fetch("") == ("200", "events/\ninstance-id\nspot/")
    assert Path(notice).stat().st_mode & 0o777 == 0o644


def test_the_time_of_a_notice_passes_also_when_it_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    executed = list[list[str]]()
    spec = tmp_path / "spec"
    spec.write_text(json.dumps(spot_notice_run(0.0, 7.5).spec))
    monkeypatch.setenv("LOCALEMR_SPEC", str(spec))

    def full(documents: dict[str, str]) -> None:
        raise OSError(28, "No space left on device")

    def execvp(name: str, argv: list[str]) -> None:
        executed.append(argv)
        raise SystemExit(0)

    monkeypatch.setattr(notice_tool, "publish", full)
    monkeypatch.setattr(notice_tool.os, "execvp", execvp)
    with pytest.raises(SystemExit):
        notice_tool.main()
    assert executed == [["sleep", "7.5"]]
    assert "No space left" in capsys.readouterr().err


def test_sdks_find_it_where_their_variable_leads(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.session import Session
    from botocore.utils import IMDSFetcher

    endpoint = url.removesuffix("/latest/")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_EC2_METADATA_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint)
    monkeypatch.setenv("AWS_METADATA_SERVICE_TIMEOUT", "30")  # default: 1 s
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    keys = Session().get_credentials()
    assert keys is not None and (keys.access_key, keys.secret_key, keys.token) == ("a", "b", "c")
    assert IMDSFetcher(base_url=endpoint).get_base_url().rstrip("/") == endpoint


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({}, ("169.254.169.254", 80)),
        ({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.254"}, ("127.0.0.254", 80)),
        ({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:8080/"}, ("127.0.0.1", 8080)),
    ],
)
def test_it_listens_where_sdks_look(environ: dict[str, str], place: tuple[str, int]) -> None:
    assert metadata_place(environ) == place
