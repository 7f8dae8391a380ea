"""What doctor judges, and how."""

import pytest

from localemr import checks
from localemr.checks import GIB, Verdict
from localemr.installation.containers import unreachable
from localemr.problem import Problem
from localemr.settings import Settings


@pytest.mark.parametrize(
    ("check", "verdict"),
    [
        (checks.python((3, 11, 0)), Verdict.GOOD),
        (checks.python((3, 10, 9)), Verdict.MISSING),
        (checks.engine("20.10.24+dfsg1"), Verdict.GOOD),
        (checks.engine("28.2.2"), Verdict.GOOD),
        (checks.engine("19.03.15"), Verdict.MISSING),
        (checks.disk(4 * GIB, images_present=True), Verdict.GOOD),
        (checks.disk(4 * GIB, images_present=False), Verdict.MISSING),
        (checks.disk(2 * GIB, images_present=True), Verdict.MISSING),
        (checks.disk(None, images_present=True), Verdict.NOTE),
        (checks.memory(8 * GIB, Settings()), Verdict.GOOD),
        (checks.memory(4 * GIB, Settings()), Verdict.GOOD),
        (checks.memory(2 * GIB, Settings()), Verdict.NOTE),
        (checks.memory(8 * GIB, Settings(host_memory_share=0.3)), Verdict.NOTE),
        (checks.images([], ["emr-7.13.0"]), Verdict.GOOD),
        (checks.images([], []), Verdict.NOTE),
        (checks.images(["minio"], ["emr-7.13.0"]), Verdict.MISSING),
    ],
)
def test_verdicts(check, verdict):
    assert check.verdict is verdict
    assert bool(check.fix) == (verdict is not Verdict.GOOD)


def test_a_proxy_is_noted_only_when_it_would_swallow_requests():
    assert checks.proxies({}) is None
    assert checks.proxies({"http_proxy": "http://proxy", "no_proxy": "localhost,127.0.0.1"}) is None
    assert checks.proxies({"HTTP_PROXY": "http://proxy", "NO_PROXY": "*"}) is None
    noted = checks.proxies({"HTTP_PROXY": "http://proxy", "NO_PROXY": "localhost"})
    assert noted is not None and "NO_PROXY=127.0.0.1" in noted.fix


def test_a_variable_that_is_nearly_a_setting() -> None:
    assert checks.misspelt({"LOCALEMR_PORT": "1", "LOCALEMR_RUN": "x", "LOCALEMR_TEST_SMALL": "y", "PROT": "2"}) is None
    noted = checks.misspelt({"LOCALEMR_PROT": "5577", "LOCALEMR_MEMORYSCALE": "0.5", "LOCALEMR_PORT": "1"})
    assert noted == checks.note(
        "settings",
        "unknown: LOCALEMR_MEMORYSCALE, LOCALEMR_PROT",
        "set LOCALEMR_MEMORY_SCALE, LOCALEMR_PORT instead",
    )


def test_demand_names_all_that_is_missing_and_nothing_else():
    rows = [checks.good("a", "fine"), checks.note("b", "odd", "look"), checks.missing("c", "gone", "bring it")]
    with pytest.raises(Problem) as caught:
        checks.demand(rows)
    assert (caught.value.message, caught.value.fix) == ("c: gone", "bring it")
    checks.demand(rows[:2])


def test_a_socket_without_rights_is_distinguished_from_a_daemon_that_is_away():
    message, fix = unreachable(OSError("('Connection aborted.', PermissionError(13, 'Permission denied'))"))
    assert "may not use" in message and "usermod -aG docker" in fix


REFUSED = (
    "Error while fetching server API version: HTTPConnectionPool(host='127.0.0.1', port=1): Max retries exceeded with "
    "url: /version (Caused by NewConnectionError(\"HTTPConnection(host='127.0.0.1', port=1): Failed to establish a new "
    'connection: [Errno 111] Connection refused"))'
)
NO_SOCKET = "API version: ('Connection aborted.', FileNotFoundError(2, 'No such file or directory'))"


@pytest.mark.parametrize(
    ("text", "host", "message"),
    [(REFUSED, "tcp://127.0.0.1:1", "no Docker daemon answers at DOCKER_HOST=tcp://127.0.0.1:1: Connection refused"),
     (REFUSED, "", "no Docker daemon answers: Connection refused"),
     (NO_SOCKET, "", "no Docker daemon answers: No such file or directory"),
     ("Invalid bind address", "x", "no Docker daemon answers at DOCKER_HOST=x: Invalid bind address")],
)  # fmt: skip
def test_why_no_daemon_answers(monkeypatch, text, host, message):
    monkeypatch.setenv("DOCKER_HOST", host)
    found, fix = unreachable(OSError(text))
    assert found == message and fix.startswith("start Docker")
    assert fix.endswith("correct or unset DOCKER_HOST" if host else "or set DOCKER_HOST")
