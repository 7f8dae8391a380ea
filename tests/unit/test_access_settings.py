"""Who may reach the controller: what the settings allow."""

from __future__ import annotations

import pytest

from localemr.cli.console import read_settings
from localemr.problem import Problem
from localemr.settings import Settings

PAIR = {"LOCALEMR_ACCESS_KEY": "me", "LOCALEMR_SECRET_KEY": "s:e=cret"}


def test_pairs_of_keys() -> None:
    assert Settings().accepted_keys == {}
    assert Settings(access_keys="me:s:e=cret, you:x ,").accepted_keys == {"me": "s:e=cret", "you": "x"}


@pytest.mark.parametrize(("host", "local"), [
    ("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("localhost", True),
    ("0.0.0.0", False), ("::", False), ("192.168.1.5", False), ("emr.example.com", False),
])  # fmt: skip
def test_only_loopback_is_local(host: str, local: bool) -> None:
    assert Settings(host=host).listens_locally is local


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"LOCALEMR_HOST": "0.0.0.0"}, "opens the controller to the network"),
        ({"LOCALEMR_ACCESS_KEYS": "nonsense"}, "expected KEY:SECRET"),
        ({"LOCALEMR_ACCESS_KEYS": "me:x"}, "lacks the pair"),
        ({**PAIR, "LOCALEMR_ACCESS_KEYS": "me:other"}, "lacks the pair"),
    ],
)
def test_what_is_refused(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], message: str) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Problem, match=message) as caught:
        read_settings()
    assert caught.value.fix


def test_another_interface_with_keys_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = {**PAIR, "LOCALEMR_HOST": "0.0.0.0", "LOCALEMR_ACCESS_KEYS": "you:x,me:s:e=cret"}
    for name, value in allowed.items():
        monkeypatch.setenv(name, value)
    assert read_settings().host == "0.0.0.0"
