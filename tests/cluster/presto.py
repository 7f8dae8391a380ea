"""What Presto's servers on a real cluster say of themselves."""

from __future__ import annotations

import json
from typing import Any

from tests.cluster.daemons import page
from tests.cluster.installation import Installation

PORT = 8889


def workers(installation: Installation, cluster_id: str) -> int:
    """The number of active workers, as the coordinator knows them: a query for it may itself be given to one that has
    just left."""
    (master,) = installation.containers(cluster_id, "MASTER")
    return int(json.loads(page(master, PORT, "/v1/cluster") or "{}").get("activeWorkers", 0))


def info(container: Any) -> dict[str, Any]:
    """What the server of an instance that publishes its port says of itself; empty while it does not answer."""
    text = page(container, PORT, "/v1/info")
    return dict(json.loads(text)) if text else {}
