"""One cluster with Hive for the tests of this folder. It ends with them: other clusters need its memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.installation import Installation, cluster_request


@pytest.fixture(scope="package")
def hive(installation: Installation) -> Iterator[str]:
    """Id of the cluster: a master and a core instance."""
    applications = [{"Name": name} for name in ("Hadoop", "Spark", "Hive")]
    compactor = {"hive.compactor.initiator.on": "true", "hive.compactor.worker.threads": "1"}
    configurations = [{"Classification": "hive-site", "Properties": compactor}]
    request = cluster_request("hive", Applications=applications, Configurations=configurations)
    with installation.running(request) as cluster_id:
        yield cluster_id
