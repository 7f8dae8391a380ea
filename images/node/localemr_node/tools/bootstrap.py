"""Run one bootstrap action as EMR does. Its spec is BootstrapSpec.

The script is fetched, made executable and run as this user; its output goes to
/mnt/var/log/bootstrap-actions/<number>/{controller,stdout,stderr}. Exits with the script's code.
"""

from __future__ import annotations

import json
import os
import re
import subprocess

from localemr_node.controllerlog import ControllerLog
from localemr_node.notes import leave
from localemr_node.scripts import FetchError, fetch
from localemr_node.specs import BootstrapSpec, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

SCRIPTS = "/emr/instance-controller/lib/bootstrap-actions"
LOGS = "/mnt/var/log/bootstrap-actions"
RUN_IF = re.compile(r"s3[na]?://(?:[a-z0-9-]+\.)?elasticmapreduce/bootstrap-actions/run-if")
INSTANCE = "/mnt/var/lib/info/instance.json"


def applies(condition: str) -> bool:
    """Whether instance.<key>=<value> holds on this instance, by its instance.json."""
    key, _, value = condition.removeprefix("instance.").partition("=")
    with open(INSTANCE, encoding="utf-8") as file:
        return str(json.load(file).get(key)).lower() == value.lower()


def main() -> int:
    """The tool."""
    spec = load(BootstrapSpec)
    logs = f"{LOGS}/{spec.number}"
    os.makedirs(logs, exist_ok=True)
    return run(spec, ControllerLog(f"{logs}/controller"), logs)


def run(spec: BootstrapSpec, log: ControllerLog, logs: str) -> int:
    """Fetch and execute the action; the exit code."""
    if RUN_IF.fullmatch(spec.path):
        if not applies(spec.args[0]):
            log.write("INFO", f"Skipped: {spec.args[0]} does not hold")
            return 0
        # EMR's documentation gives the command as one argument, with its spaces.
        argv = spec.args[1:] if len(spec.args) > 2 else ["bash", "-c", *spec.args[1:]]
    else:
        log.write("INFO", f"Fetching file '{spec.path}'")
        try:
            script = fetch(spec.path, f"{SCRIPTS}/{spec.number}")
        except FetchError as error:
            log.write("ERROR", f"Failed to fetch file '{spec.path}': {error}")
            leave({"download": True, "message": str(error)})
            return 1
        os.chmod(script, 0o755)
        argv = [script, *spec.args]
    log.write("INFO", f"startExec '{' '.join(argv)}'")
    with open(f"{logs}/stdout", "ab") as out, open(f"{logs}/stderr", "ab") as err:
        code = execute(argv, out, err)
    if code:
        log.write("ERROR", f"Execution failed with code '{code}'")
        leave({"download": False, "code": code})
    else:
        log.write("INFO", "Execution ended")
    return code


def execute(argv: list[str], out: BinaryIO, err: BinaryIO) -> int:
    """The exit code of a command; 128+n when a signal ended it."""
    try:
        code = subprocess.call(argv, stdout=out, stderr=err)
        return code if code >= 0 else 128 - code
    except OSError as error:
        err.write(f"{argv[0]}: {error.strerror}\n".encode())
        return 126
