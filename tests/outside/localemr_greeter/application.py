"""Greeter: a daemon on each instance that serves its greeting and the facts that it was started with, as JSON."""

from __future__ import annotations

from pathlib import Path

from localemr.domain.model.application import (
    Appended,
    Application,
    Check,
    Classification,
    Contribution,
    Daemon,
    Facts,
    WebUi,
)
from localemr.domain.model.failures import FailureLine, Failures
from localemr.domain.model.records import CORE, MASTER, TASK

CONF = "/etc/greeter/conf/greeter.properties"
PORT = 8899
EVERYWHERE = frozenset({MASTER, CORE, TASK})


def defaults(facts: Facts) -> dict[str, str]:
    """The settings of the server."""
    return {"greeting": "hello", "host": facts.host, "port": str(PORT)}


def command(facts: Facts) -> tuple[str, ...]:
    """The server, with facts that only a function knows."""
    known = (facts.release.label, facts.versions["Greeter"], str(facts.release.java_of("Greeter")), facts.instance_type)
    return ("/usr/lib/greeter/serve", CONF, *known)


def environment(facts: Facts) -> dict[str, str]:
    """What the server shows of its environment."""
    return {"GREETER_NODE": f"{facts.instance_id}#{facts.number}"}


def proxy_user(facts: Facts) -> Contribution:
    """Of core-site."""
    return {"hadoop.proxyuser.greeter.hosts": "*"}


def passed_on(facts: Facts) -> Contribution:
    """Of yarn-site."""
    return {"yarn.nodemanager.env-whitelist": Appended("GREETER")}


APPLICATION = Application(
    name="Greeter",
    needs=("Hadoop",),
    classifications={"greeter": Classification(CONF, "properties", defaults)},
    contributes={"core-site": proxy_user, "yarn-site": passed_on},
    daemons=(
        Daemon(
            "greeter-server",
            EVERYWHERE,
            command,
            "hadoop",
            "/var/log/greeter",
            env=environment,
            reads=frozenset({"greeter"}),
            up=Check("Greeter", PORT, "/", "greeting", contains=()),
        ),
    ),
    checks=(Check("Greeter", PORT, "/", "greeting", contains=()),),
    web_uis=(WebUi("Greeter", EVERYWHERE, PORT),),
    memory_mb={frozenset({CORE, TASK}): 512},
    log_dirs={"greeter": "/var/log/greeter"},
    failures=Failures(
        lines=(FailureLine(r"^greeter says: (.*)$", certain=True),), reasons={"File not found.": "nobody to greet"}
    ),
    image=str(Path(__file__).parent / "image"),
)
