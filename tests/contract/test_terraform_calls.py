"""What Terraform's AWS provider (5.100.0) asks while it applies, plans, changes and destroys tests/clients/terraform.

terraform.jsonl was recorded between the provider and LocalEMR, when both plans were empty; a line is a phase, or an
operation with its request, status and answer (left out: the same as at the last time). Ids stand as
`<j1>`; members whose value differs from run to run (times, names of hosts) are not in it. tests/clients runs the real
provider where there is one.
"""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from localemr.testing.memory import MemoryEmr

WAIT = 5.0
PLACEHOLDER = re.compile(r"<([a-z]+\d+)>")


def recorded() -> Iterator[tuple[str, str, Any, int, Any]]:
    """Phase, operation, request, status, answer."""
    phase, last = "", dict[str, tuple[int, Any]]()
    for line in Path(__file__).with_name("terraform.jsonl").read_text().splitlines():
        first, *rest = json.loads(line)
        if not rest:
            phase = first
            continue
        question = json.dumps([first, rest[0]])
        if len(rest) == 3:
            last[question] = (rest[1], rest[2])
        yield phase, first, rest[0], *last[question]


class Matcher:
    """Compares answers with recorded ones; learns ids from them."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}

    def filled(self, recorded: Any) -> Any:
        """The recorded value with the ids of this run."""
        return json.loads(PLACEHOLDER.sub(lambda name: self.ids[name[1]], json.dumps(recorded)))

    def differences(self, recorded: Any, seen: Any, path: str = "") -> list[str]:
        """Where the answer is not what was recorded; it may have more members."""
        if isinstance(recorded, dict) and isinstance(seen, dict):
            return [
                each
                for name, value in recorded.items()
                for each in self.differences(value, seen.get(name), f"{path}.{name}")
            ]
        if isinstance(recorded, list) and isinstance(seen, list) and len(recorded) == len(seen):
            pairs = enumerate(zip(recorded, seen, strict=True))
            return [each for number, (one, two) in pairs for each in self.differences(one, two, f"{path}[{number}]")]
        if isinstance(recorded, str) and isinstance(seen, str):
            self._learn(recorded, seen)
            recorded = PLACEHOLDER.sub(lambda name: self.ids.get(name[1], name[0]), recorded)
        return [] if recorded == seen else [f"{path}: {seen!r}, recorded was {recorded!r}"]

    def _learn(self, recorded: str, seen: str) -> None:
        name = PLACEHOLDER.fullmatch(recorded)
        if name and seen not in self.ids.values():
            self.ids.setdefault(name[1], seen)


def ask(endpoint: str, operation: str, request: Any) -> tuple[int, Any]:
    headers = {"X-Amz-Target": f"ElasticMapReduce.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    requested = urllib.request.Request(endpoint, json.dumps(request).encode(), headers)
    try:
        with urllib.request.urlopen(requested, timeout=10) as answer:
            text, status = answer.read(), answer.status
    except urllib.error.HTTPError as error:
        text, status = error.read(), error.code
    return status, json.loads(text) if text else None


def test_the_provider_reads_back_what_it_wrote() -> None:
    matcher = Matcher()
    with MemoryEmr() as emr:
        for phase, operation, recorded_request, status, answer in recorded():
            request = matcher.filled(recorded_request)
            # Clusters and groups take their time; the provider waits for them.
            waits = status == 200 and operation.startswith(("Describe", "List", "Get"))
            end = time.monotonic() + (WAIT if waits else 0)
            while True:
                seen_status, seen = ask(emr.endpoint, operation, request)
                differences = matcher.differences(answer, seen)
                if not differences or time.monotonic() > end:
                    break
                time.sleep(0.02)
            assert (seen_status, differences) == (status, []), (phase, operation, request, seen)
