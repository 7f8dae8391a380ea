"""First paint of the console over a large store, in Chromium: `python -m tests.benchmarks.console`.

1,000 clusters and 10,000 steps, of which one cluster has what is left over. No containers.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx

from tests.benchmarks.large import fill
from tests.benchmarks.rivals import free_port
from tests.browser.chromium import browser

CLUSTERS, STEPS, TIMES = 1000, 10_000, 7
PAINT = "return (performance.getEntriesByName('first-contentful-paint')[0] || {}).startTime"
WEIGHT = (
    "return [performance.getEntriesByType('navigation')[0], ...performance.getEntriesByType('resource')]"
    ".filter(each => each.initiatorType !== 'other').reduce((sum, each) => sum + each.decodedBodySize, 0)"
)


def main() -> None:
    """Print the median time of each page in milliseconds, of the server's answer alone too, and its weight in bytes."""
    with tempfile.TemporaryDirectory() as home:
        first = fill(Path(home), CLUSTERS, STEPS)
        port = free_port()
        server = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.large", home, str(port)])
        try:
            _measure(f"http://127.0.0.1:{port}", first)
        finally:
            server.terminate()
            server.wait(30)


def _measure(url: str, first: str) -> None:
    client = httpx.Client(base_url=url, headers={"Accept": "text/html"}, trust_env=False, timeout=60)
    _await(client)
    with browser() as chromium:
        for name, path in (
            ("clusters", "/"), ("clusters by name", "/?sort=name"),
            ("a cluster with most steps", f"/console/clusters/{first}"),
        ):  # fmt: skip
            paints, answers, weight = [], [], 0
            for _ in range(TIMES):
                chromium.get("about:blank")
                began = time.perf_counter()
                client.get(path).raise_for_status()
                answers.append(time.perf_counter() - began)
                chromium.get(url + path)
                paints.append(_paint(chromium))
                weight = chromium.execute_script(WEIGHT)
            figures = {"first_paint_ms": round(median(paints)), "answer_ms": round(median(answers) * 1000)}
            print(json.dumps({"page": name, **figures, "bytes": weight}), flush=True)
        chromium.get("about:blank")


def _paint(chromium: object) -> float:
    """The first contentful paint in milliseconds after the page was requested."""
    while (found := chromium.execute_script(PAINT)) is None:  # type: ignore[attr-defined]
        time.sleep(0.05)
    return float(found)


def _await(client: httpx.Client) -> None:
    for _ in range(300):
        try:
            client.get("/").raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit("the controller does not answer")


if __name__ == "__main__":
    main()
