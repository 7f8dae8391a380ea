"""Examples on the shared cluster, as `localemr demo NAME` runs them, but for the cluster of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from localemr.demo.example import named
from localemr.demo.run import Report
from localemr.demo.steps import Steps
from tests.cluster.installation import Installation


@contextmanager
def quiet(_name: str) -> Iterator[Report]:
    yield lambda _news: None


# The others use what no other test has alone: data-analytics and etl the shared catalog, which test_catalog.py has;
# terraform runs in tests/clients, the integration test's part in memory in tests/contract.
@pytest.mark.parametrize("name", ["log-analysis", "machine-learning"])
def test_an_example(installation: Installation, shared: str, tmp_path: Path, name: str) -> None:
    clients = installation.emr, installation.s3
    run = Steps(*clients, quiet, cluster_id=shared, logs="s3://logs/", example=named(name), work=tmp_path)
    run.prepare()
    run.run_steps()
    assert [check.what for check in run.check().checks if not check.right] == []
