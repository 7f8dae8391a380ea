"""A browser without scripts, for the console: it keeps cookies, reads pages, sends forms. And clusters for it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx

from localemr.testing.memory import MemoryEmr

GROUPS = [
    {"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1},
    {"InstanceRole": "CORE", "InstanceType": "m5.xlarge", "InstanceCount": 2},
    {"InstanceRole": "TASK", "InstanceType": "m5.2xlarge", "InstanceCount": 1, "Market": "SPOT"},
]
STEP = {"Name": "count <script>alert(1)</script>", "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["spark-submit", "a b"]}}  # fmt: skip
CREATED = {"name": "From the form", "release": "emr-7.13.0", "applications": ["Hadoop", "Spark"], "keep": "on",
           "master_type": "m5.xlarge", "core_type": "m5.2xlarge", "core_count": "3", "task_type": "m5.2xlarge",
           "task_count": "2", "task_market": "SPOT", "tags": "team=data\ncost=low", "idle": "600",
           "log_uri": "s3://logs/here/", "bootstrap": "s3://scripts/boot.sh 'a b'",
           "configurations": '[{"Classification": "spark-defaults", "Properties": {"spark.ui.port": "1"}}]',
           }  # fmt: skip


@dataclass
class Page(HTMLParser):
    """A page: status, headers, source, the texts outside of tags, the tags' names with their attributes."""

    answer: httpx.Response
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def text(self) -> str:
        """What a reader sees, with single blanks."""
        return " ".join("".join(self.texts).split())

    @property
    def token(self) -> str:
        """The token that the page's forms carry."""
        return next(given["value"] for _, given in self.tags if given.get("name") == "token")

    @property
    def command(self) -> str:
        """The line of `aws emr` that the page shows."""
        found = re.search(r'<code id="command">(.*?)</code>', self.answer.text, re.DOTALL)
        assert found
        return unescape(found[1])

    @property
    def checked(self) -> dict[str, Any]:
        """The answer of a form that was only checked: the command, and the error's name and text, or None."""
        assert self.status == 200
        return dict(self.answer.json())

    def links(self) -> list[str]:
        return [given["href"] for tag, given in self.tags if tag == "a"]


class Visitor:
    """A browser at the console of an endpoint."""

    def __init__(self, endpoint: str) -> None:
        self.client = httpx.Client(base_url=endpoint, headers={"Accept": "text/html,*/*"}, trust_env=False, timeout=60)

    def get(self, path: str, **query: str) -> Page:
        return Page(self.client.get(path, params=query or None))

    def send(self, path: str, token: str | None = None, **fields: Any) -> Page:
        """Fill in the form of a page and send it; `token`: instead of the page's own."""
        page = self.get(path)
        sent = {"token": page.token if token is None else token} | fields
        return Page(self.client.post(path, data=sent))

    def close(self) -> None:
        self.client.close()


async def no_logs(cluster: str, step: str, name: str, start: int) -> AsyncIterator[bytes]:
    """Logs of steps where there is no master."""
    raise FileNotFoundError(name)
    yield b""


def run(memory: MemoryEmr, **changes: Any) -> str:
    request = {"Name": "nightly", "ReleaseLabel": "emr-7.13.0", "Applications": [{"Name": "Spark"}],
               "Instances": {"InstanceGroups": GROUPS, "KeepJobFlowAliveWhenNoSteps": True},
               "ServiceRole": "EMR_DefaultRole", "JobFlowRole": "EMR_EC2_DefaultRole"}  # fmt: skip
    return str(memory.client().run_job_flow(**request | changes)["JobFlowId"])


def until(memory: MemoryEmr, cluster_id: str, state: str) -> None:
    for _ in range(200):
        memory.control.advance(5)
        if memory.client().describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]["State"] == state:
            return
    raise AssertionError(f"{cluster_id} does not become {state}")


def has_no_inline_code(page: Page) -> bool:
    scripts = [given for tag, given in page.tags if tag == "script"]
    styles = [tag for tag, given in page.tags if tag == "style" or "style" in given]
    handlers = [name for _, given in page.tags for name in given if name.startswith("on")]
    return all(given.get("src", "").startswith("/console/static/") for given in scripts) and not styles + handlers
