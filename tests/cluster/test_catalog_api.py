"""The tests of Glue's API once more, over the shared catalog in its container: first call, all operations, what Hive's
metastore says of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.installation import Installation
from tests.contract.glue.tables import new_database
from tests.contract.glue.test_databases import *  # noqa: F403
from tests.contract.glue.test_expressions import *  # noqa: F403
from tests.contract.glue.test_functions import *  # noqa: F403
from tests.contract.glue.test_indexes import *  # noqa: F403
from tests.contract.glue.test_partitions import *  # noqa: F403
from tests.contract.glue.test_tables import *  # noqa: F403
from tests.contract.glue.test_versions import *  # noqa: F403


@pytest.fixture
def glue(installation: Installation) -> Any:
    return installation.glue


@pytest.fixture
def db(glue: Any) -> Iterator[str]:
    yield from new_database(glue)
