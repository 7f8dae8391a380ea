"""systemctl for a node's daemons, by the names of EMR's units: sudo systemctl restart hadoop-yarn-resourcemanager

The supervisor runs them and the controller starts those that ended, so `stop` is a stop until then. cron is the only
other unit. Exit codes are systemd's: 3 for a unit that does not run, 4 and 5 for one that does not exist.
"""

from __future__ import annotations

import subprocess
import sys
import time

from localemr_node.units import Units

PAUSE = 0.1
NO_EFFECT = ("daemon-reload", "enable", "disable", "reset-failed", "unmask")
CHANGES = ("start", "stop", "restart", "reload", "try-restart", "condrestart", "reload-or-restart", "force-reload")
CRON = ("cron", "crond")


def main() -> int:
    """The command."""
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    verb, names = (words[0] if words else "list-units"), [name.removesuffix(".service") for name in words[1:]]
    units = Units()
    if verb in NO_EFFECT:
        return 0
    if verb in ("list-units", "list-unit-files"):
        return _list(units)
    if verb not in (*CHANGES, "status", "is-active", "is-failed", "is-enabled"):
        print(f"Unknown operation {verb}.", file=sys.stderr)
        return 1
    return max((_one(units, verb, name) for name in names), default=1)


def _one(units: Units, verb: str, name: str) -> int:
    if name in CRON:
        return subprocess.call(["/etc/init.d/cron", verb.replace("is-active", "status")])
    known = units.all()
    if name not in known:
        if verb in CHANGES:
            print(f"Failed to {verb} {name}.service: Unit {name}.service not found.", file=sys.stderr)
            return 5
        print(f"Unit {name}.service could not be found.", file=sys.stderr)
        return 4
    if verb in CHANGES:
        return _change(units, verb, name, known[name])
    return _show(verb, name, known[name])


def _change(units: Units, verb: str, name: str, run: str | None) -> int:
    try:
        if run and verb != "start":
            units.stop(run)
    except PermissionError:
        print(f"Failed to {verb} {name}.service: Interactive authentication required.", file=sys.stderr)
        return 1
    while run and verb != "start" and not units.ended(run):
        time.sleep(PAUSE)
    if verb == "stop":
        print(f"{name} was stopped; LocalEMR starts it again", file=sys.stderr)
        return 0
    while not units.all()[name]:
        time.sleep(PAUSE)
    return 0


def _show(verb: str, name: str, run: str | None) -> int:
    state = "active" if run else "inactive"
    if verb == "status":
        print(f"{name}.service\n   Active: {state} ({'running' if run else 'dead'})")
    else:
        print(state if verb != "is-enabled" else "enabled")
    return 0 if run or verb == "is-enabled" else 3


def _list(units: Units) -> int:
    for name, run in units.all().items():
        print(f"{name}.service loaded {'active running' if run else 'inactive dead'}")
    return 0
