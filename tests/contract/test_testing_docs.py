"""The examples of docs/testing.md run as they are written."""

from __future__ import annotations

import json
import re
from typing import Any

from localemr.testing.memory import MemoryEmr
from tests.documentation import TESTING, example


def test_the_fixtures_example(emr_memory: MemoryEmr) -> None:
    names: dict[str, Any] = {}
    exec(example("from botocore"), names)
    names["test_the_load_is_retried"](emr_memory)


def test_the_rules_of_the_examples_make_sense(emr_memory: MemoryEmr) -> None:
    control = emr_memory.control
    exec(example("control.script("), {"control": control})
    assert len(control.rules()) == 4
    exec(example("control.fail_step("), {"control": control})
    assert len(control.rules()) == 12


def test_the_rule_of_the_curl_example(emr_memory: MemoryEmr) -> None:
    body = re.search(r"-d '(\[.*?\])'", TESTING, re.S)
    assert body is not None
    emr_memory.control._request("POST", "script", json.loads(body[1]))
    assert emr_memory.control.rules()[0]["message"] == "no such table"
