"""For all tests: no test reaches AWS, and none needs the developer's own configuration."""

from __future__ import annotations

import os

import pytest

from tests import time_limit

os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
)
KEPT = ("LOCALEMR_TEST_KUBECONFIG", "LOCALEMR_TEST_REGISTRY", "LOCALEMR_TEST_SMALL")
"""Variables of tests/kubernetes."""
for _name in [name for name in os.environ if name.startswith(("LOCALEMR_", "AWS_ENDPOINT_URL"))]:
    if _name not in KEPT:
        del os.environ[_name]
for _name in ("AWS_REGION", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
    os.environ.pop(_name, None)

LAST_LINES = 25
"""Of a failure, printed at once; pytest prints the whole at the end."""


def pytest_addoption(parser: pytest.Parser) -> None:
    time_limit.add_option(parser)


@pytest.hookimpl(trylast=True)  # after the terminal
def pytest_configure(config: pytest.Config) -> None:
    """Workers of pytest-xdist have no terminal."""
    if until := config.getoption(time_limit.OPTION):
        config.pluginmanager.register(time_limit.TimeLimit(until))
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None:
        config.pluginmanager.register(FailuresAtOnce(terminal))


class FailuresAtOnce:
    """Prints why a test failed when it fails: a run that is ended before its summary has said it then."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self._terminal = terminal

    @pytest.hookimpl(trylast=True)  # after pytest's own letter
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._terminal.write_line("")
            self._terminal.write_line(f"{report.when} of {report.nodeid} failed:", red=True)
            self._terminal.write_line("\n".join(report.longreprtext.splitlines()[-LAST_LINES:]))
