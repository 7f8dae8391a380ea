"""The settings of livy.conf, with Livy's own names and defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping

DEFAULTS = {
    "livy.cache-log.size": "200",
    "livy.file.local-dir-whitelist": "",
    "livy.impersonation.enabled": "false",
    "livy.repl.enable-hive-context": "",
    "livy.rsc.job-cancel.timeout": "30s",
    "livy.rsc.launcher.port.range": "10010~10110",
    "livy.rsc.retained-statements": "100",
    "livy.rsc.server.connect.timeout": "90s",
    "livy.rsc.sql.num-rows": "1000",
    "livy.server.csrf-protection.enabled": "false",
    "livy.server.heartbeat-watchdog.interval": "1m",
    "livy.server.host": "0.0.0.0",
    "livy.server.port": "8998",
    "livy.server.session.allow-custom-classpath": "false",
    "livy.server.session.max-creation": "100",
    "livy.server.session.state-retain.sec": "600s",
    "livy.server.session.timeout": "1h",
    "livy.server.session.timeout-check": "true",
    "livy.server.session.timeout-check.skip-busy": "false",
    "livy.server.spark-home": "",
    "livy.server.yarn.app-lookup-timeout": "120s",
    "livy.server.yarn.poll-interval": "1s",
    "livy.spark.deploy-mode": "",
    "livy.spark.file-list-configs": "",
    "livy.spark.master": "local",
    "livy.superusers": "",
    "livy.ui.basePath": "",
}
"""Names and defaults of what the server reads; others have no effect. Two defaults differ: YARN is looked at each
second (Livy: 5), and Hive's ports from 10000 on are not taken."""

FORMER = {
    "livy.repl.enableHiveContext": "livy.repl.enable-hive-context",
    "livy.server.csrf_protection.enabled": "livy.server.csrf-protection.enabled",
    "livy.spark.deployMode": "livy.spark.deploy-mode",
}
"""Names that Livy had before 0.4 and still reads."""

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


class Settings:
    """The settings of a server."""

    def __init__(self, given: Mapping[str, str]) -> None:
        """`given` are those of livy.conf."""
        current = {FORMER.get(name, name): value for name, value in given.items()}
        self._values = {**DEFAULTS, **current}

    def text(self, name: str) -> str:
        """A setting as it is written, empty where it is not."""
        return self._values.get(name, "").strip()

    def listed(self, name: str) -> list[str]:
        """A list, separated by commas."""
        return [each.strip() for each in self.text(name).split(",") if each.strip()]

    def flag(self, name: str) -> bool:
        """Whether a setting is `true`."""
        return self.text(name).lower() == "true"

    def number(self, name: str) -> int:
        """A whole number. Raises ValueError for another text."""
        return int(self.text(name))

    def seconds(self, name: str) -> float:
        """A time in seconds. Raises ValueError for another text."""
        return seconds(self.text(name))

    @property
    def on_yarn(self) -> bool:
        """Whether applications run on YARN."""
        return self.text("livy.spark.master").startswith("yarn")


def seconds(text: str) -> float:
    """A time such as `10m` in seconds; without a unit milliseconds. Raises ValueError in Livy's words (ClientConf)."""
    found = re.fullmatch(r"(-?\d+)([a-z]+)?", text.strip().lower())
    if found is None:
        raise ValueError(f"Invalid time string: {text}")
    unit = found[2] or "ms"
    if unit not in UNITS:
        raise ValueError(f'Invalid suffix: "{unit}"')
    return int(found[1]) * UNITS[unit]


_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.S)
_NAMED = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


def properties(text: str) -> dict[str, str]:
    """The properties of a file in Java's format: name, then a blank, `=` or `:`, then the value."""
    found = {}
    for line in re.sub(r"(?<!\\)((?:\\\\)*)\\\r?\n[ \t]*", r"\1", text).splitlines():
        entry = line.strip(" \t\f")
        if not entry or entry[0] in "#!":
            continue
        match = re.match(r"((?:\\.|[^\\\s=:])*)[ \t]*[=: \t]?[ \t]*(.*)", entry, re.S)
        if match is not None:
            found[_plain(match[1])] = _plain(match[2])
    return found


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda one: _NAMED.get(one[1]) or (chr(int(one[1][1:], 16)) if one[1][1:] else one[1]), text)
