"""Carry out one step as EMR's step runner does. Its spec is StepSpec.

Standard output and standard error are the step's; <log_dir>/controller gets EMR's lines, <log_dir>/syslog what Hadoop's
clients log. Exits with the command's code; the note has the applications on YARN, and of a failure reason and message.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time

from localemr_node import commands, failure, stepinfo
from localemr_node.controllerlog import ControllerLog
from localemr_node.notes import leave
from localemr_node.scripts import FetchError, fetch
from localemr_node.specs import StepSpec, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RUNNER = "hadoop jar /var/lib/aws/emr/step-runner/hadoop-jars/command-runner.jar"
SECRETS = ("SECRET", "PASSWORD", "TOKEN", "ACCESS_KEY")
CAUSES = ("stderr", "stdout", "syslog")
"""The logs in which the cause of a failure is looked for."""
MOST_APPLICATIONS = 20  # a note's length is limited


def main() -> int:
    """The tool."""
    step = load(StepSpec)
    os.makedirs(step.log_dir, exist_ok=True)
    log = ControllerLog(f"{step.log_dir}/controller")
    open(f"{step.log_dir}/syslog", "a").close()
    began = time.time()
    stepinfo.write(step, "RUNNING")
    log.write("INFO", f"Ensure step {step.number} jar file {step.jar}")
    try:
        code = execute(log, step, commands.command(step, os.getcwd(), fetch))
    except (commands.StepError, FetchError) as error:
        print(f"{step.jar}: {error}", file=sys.stderr, flush=True)
        code = 1
    took = round(time.time() - began)
    if code == 0:
        log.write("INFO", f"Step succeeded with exitCode 0 and took {took} seconds")
    else:
        log.write("WARN", f"Step failed with exitCode {code} and took {took} seconds")
    report(step, code)
    return code


def report(step: StepSpec, code: int) -> None:
    """Leave the step's end in its info file and in the note."""
    stepinfo.write(step, "FAILED" if code else "COMPLETED")
    found = applications(step)
    note = explain(step, code, bool(found)) if code else {}
    if found:
        note["applications"] = found
    if note:
        leave(note)


def explain(step: StepSpec, code: int, on_yarn: bool) -> dict[str, Any]:
    """Why the step failed: reason, message, and the log in which they were found."""
    rules = failure.rules()
    cause = rules.explain({name: failure.tail(f"{step.log_dir}/{name}") for name in CAUSES})
    if on_yarn and (rules.stands_elsewhere(cause) or rules.only_reports(cause.message)):
        cause = on_containers(rules) or cause
    return {"reason": cause.reason, "message": cause.message or ended(code), "log": cause.log}


def on_containers(rules: failure.Rules) -> failure.Cause | None:
    """The cause in the logs of the step's last application that failed."""
    from localemr_node import containerlogs, yarn  # which load HTTP

    with contextlib.suppress(OSError, ValueError, LookupError):
        failed = yarn.awaited(lambda: yarn.failed(os.environ["LOCALEMR_RUN"]))
        return containerlogs.cause(failed[-1]["id"], rules) if failed else None
    return None


def ended(code: int) -> str:
    """How a command ended, in words."""
    name = signal.Signals(code - 128).name if code - 128 in signal.valid_signals() else ""
    return f"The step ended with exit code {code}{f' ({name})' if name else ''}."


def applications(step: StepSpec) -> list[str]:
    """The first of the step's applications on YARN. A command that starts one writes logs, so without logs is none."""
    if not any(os.path.getsize(f"{step.log_dir}/{name}") for name in ("stderr", "syslog")):
        return []
    from localemr_node import yarn  # which loads HTTP

    with contextlib.suppress(OSError, ValueError, LookupError):
        return yarn.awaited(lambda: yarn.started(os.environ["LOCALEMR_RUN"]))[:MOST_APPLICATIONS]
    return []


def execute(log: ControllerLog, step: StepSpec, argv: tuple[str, ...]) -> int:
    """Execute the step's command in EMR's environment; its exit code."""
    directory = os.getcwd()
    os.makedirs(f"{directory}/tmp", exist_ok=True)
    shown = " ".join(argv)
    line = f"{RUNNER} {shown}" if step.jar.endswith(commands.COMMAND_RUNNER) else shown
    log.write("INFO", f"startExec '{line}'")
    env = commands.environment(step, directory, os.environ)
    log.write("INFO", "Environment:", tuple(f"{name}={shown_value(name, env[name])}" for name in sorted(env)))
    log.write("INFO", f"redirectOutput to {step.log_dir}/stdout")
    log.write("INFO", f"redirectError to {step.log_dir}/stderr")
    log.write("INFO", f"Working dir {directory}")
    began = time.time()
    code = wait(log, argv, env)
    log.write("INFO", f"waitProcessCompletion ended with exit code {code} : {line}")
    log.write("INFO", f"total process run time: {round(time.time() - began)} seconds")
    return code


def shown_value(name: str, value: str) -> str:
    """The value of an environment variable as the log may have it."""
    return "***" if any(word in name for word in SECRETS) else value


def wait(log: ControllerLog, argv: tuple[str, ...], env: dict[str, str]) -> int:
    """Exit code of the command. TERM is for the command: this process only waits for its end."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        os.environ["PATH"] = env["PATH"]
        child = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        print(f"{argv[0]}: command not found", file=sys.stderr, flush=True)
        return 127
    except OSError as error:
        print(f"{argv[0]}: {error.strerror}", file=sys.stderr, flush=True)
        return 126
    except ValueError as error:  # a NUL
        print(f"{argv[0]}: {error}", file=sys.stderr, flush=True)
        return 126
    log.write("INFO", f"ProcessRunner started child process {child.pid}")
    code = child.wait()
    return code if code >= 0 else 128 - code
