"""The runs that instances start: pure functions from records to commands and their specs (docs/node-contract.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from localemr.domain.model.application import Check, Daemon, Facts, Leave
from localemr.domain.model.executions import Execution
from localemr.domain.model.instructions import Run
from localemr.domain.model.names import private_dns
from localemr.domain.model.records import MASTER, BootstrapAction, Cluster, Instance
from localemr.domain.model.steps import Step
from localemr.domain.node.metadata import interruption_notice

BIN = "/usr/lib/localemr/bin"
STEP_LOGS = "/mnt/var/log/hadoop/steps"
APPS_PHASE = "/mnt/var/log/provision-node/apps-phase/0"
"""EMR's path for the logs of application provisioning."""
READY_WITHIN, SERVES_WITHIN = 600.0, 300.0
"""Seconds within which a cluster's applications must be ready, and restarted daemons must serve. The instance counts
them, more slowly while it is busy."""
SPOT_NOTICE = "spot-notice"
STEP_RUNS, REAP_RUNS = "step-", "reap-"
"""Prefixes of the names of a step's run and of the run that ends its remaining processes. The step's id follows."""
LEAVE_RUNS = "leave-"
"""Prefix of the names of the runs with which daemons give up their work. The daemon's name follows."""
NOTEBOOK_RUNS, NOTEBOOK_LOGS = "notebook-", "/mnt/var/log/notebook-executions"
"""Prefix of the name of a notebook execution's run, whose id follows, and the folder of its logs."""


def host(instance: Instance, region: str) -> str:
    """The instance's host name inside its cluster."""
    return private_dns(instance.spec.host, region)


def daemon_run(name: str, daemon: Daemon, facts: Callable[[], Facts]) -> Run:
    """A daemon. `name` is the attempt's. Output goes to EMR's path, <log_dir>/<daemon>.out.

    `facts` returns those of the instance, for a command or an environment that depends on them.
    """
    argv = daemon.argv(facts()) if callable(daemon.argv) else daemon.argv
    env = daemon.env(facts()) if callable(daemon.env) else daemon.env
    log = f"{daemon.log_dir}/{daemon.name}.out"
    return Run(name, argv, daemon.user, env=env, stdout=log, stderr=log, daemon=True)


def leave_name(instance: Instance, daemon: Daemon) -> str:
    """Name of the run with which a daemon gives up its work; another one once its instance was taken back."""
    returned = f"-{instance.status.returned}" if instance.status.returned else ""
    return f"{LEAVE_RUNS}{daemon.name}{returned}"


def leave_run(name: str, daemon: Daemon, leave: Leave, facts: Facts) -> Run:
    """A daemon gives up its work. Output goes to <log_dir>/<daemon>-leave.out."""
    env = daemon.env(facts) if callable(daemon.env) else daemon.env
    log = f"{daemon.log_dir}/{daemon.name}-leave.out"
    return Run(name, leave.argv(facts), daemon.user, env=env, stdout=log, stderr=log)


def bootstrap_run(number: int, action: BootstrapAction) -> Run:
    """The cluster's `number`th bootstrap action (from 1)."""
    spec = {"number": number, "name": action.name, "path": action.path, "args": list(action.args)}
    return Run(bootstrap_name(number), (f"{BIN}/bootstrap",), spec=spec)


def bootstrap_name(number: int) -> str:
    """Name of the run of a bootstrap action."""
    return f"bootstrap-{number}"


def configure_name(version: int) -> str:
    """Name of the run that confirms the writing of an instance's configuration files."""
    return f"configured-{version}"


def configure_run(version: int) -> Run:
    """A command without effect. Its start confirms that the files before it are written."""
    return Run(configure_name(version), ("true",), user="root")


def await_run(name: str, checks: Iterable[Check], instances: Iterable[Instance], region: str) -> Run:
    """Wait on the master until all checks hold for these instances."""
    members = list(instances)
    return _await(name, [_check(check, members, region) for check in checks], READY_WITHIN)


def await_daemons_run(
    name: str, places: Iterable[tuple[Instance, Check]], instances: list[Instance], region: str
) -> Run:
    """Wait until each check holds on the instance beside it, for these instances."""
    # By host name: NodeManagers do not listen on the loopback address.
    checks = [_check(check, instances, region) | {"host": host(each, region)} for each, check in places]
    return _await(name, checks, SERVES_WITHIN)


def _await(name: str, checks: list[dict[str, object]], within: float) -> Run:
    logs = f"{APPS_PHASE}/{name}"
    spec = {"checks": checks, "within": within}
    return Run(name, (f"{BIN}/await",), user="root", stdout=f"{logs}/stdout", stderr=f"{logs}/stderr", spec=spec)


def _check(check: Check, instances: list[Instance], region: str) -> dict[str, object]:
    spec: dict[str, object] = {"what": check.what, "port": check.port}
    if not check.path:
        return spec
    spec |= {"path": check.path, "key": check.key}
    if check.contains is not None:
        spec["contains"] = list(check.contains)
    elif check.hosts_of:
        # A single master has the roles core and task too.
        alone = [each.spec.role for each in instances] == [MASTER]
        spec["contains"] = [host(each, region) for each in instances if alone or each.spec.role in check.hosts_of]
    elif check.least is not None:
        spec["least"] = check.least
    else:
        spec["equals"] = check.equals
    return spec


def spot_notice_run(at: float, seconds: float) -> Run:
    """EC2's interruption notice to a spot instance, given at `at` (epoch seconds). EC2 takes the instance back when
    this run is over."""
    spec = {"documents": interruption_notice(at, at + seconds), "seconds": seconds}
    return Run(SPOT_NOTICE, (f"{BIN}/notice",), user="root", spec=spec)


def step_name(step: Step) -> str:
    """Name of a step's run."""
    return f"{STEP_RUNS}{step.id}"


def step_run(step: Step) -> Run:
    """A step, on the master, as user hadoop, in EMR's working directory, with EMR's log files."""
    logs = f"{STEP_LOGS}/{step.id}"
    spec = {
        "id": step.id,
        "number": step.number,
        "name": step.spec.name,
        "jar": step.spec.jar,
        "main_class": step.spec.main_class,
        "args": list(step.spec.args),
        "properties": dict(step.spec.properties),
        "log_dir": logs,
        "log_uri": step.spec.log_uri,
    }
    return Run(
        step_name(step),
        (f"{BIN}/step",),
        cwd=f"/mnt/var/lib/hadoop/steps/{step.id}",
        stdout=f"{logs}/stdout",
        stderr=f"{logs}/stderr",
        spec=spec,
    )


def reap_run(step: Step) -> Run:
    """End the remaining processes of a step and its applications on YARN."""
    spec = {"run": step_name(step), "number": step.number}
    return Run(reap_name(step), (f"{BIN}/reap",), user="root", spec=spec)


def reap_name(step: Step) -> str:
    """Name of the run that ends a step's remaining processes and applications."""
    return f"{REAP_RUNS}{step.id}"


def notebook_name(execution: Execution) -> str:
    """Name of the run of a notebook execution."""
    return f"{NOTEBOOK_RUNS}{execution.id}"


def notebook_run(execution: Execution, command: str) -> Run:
    """Execute a notebook on the master, as user hadoop, with the command of the application that executes them."""
    spec = {
        "command": command,
        "source": execution.spec.source,
        "output": execution.spec.output,
        "parameters": execution.spec.parameters,
        "environment": dict(execution.spec.environment),
        "html": execution.spec.html,
    }
    log = f"{NOTEBOOK_LOGS}/{execution.id}.log"
    cwd = f"/mnt/var/lib/hadoop/notebooks/{execution.id}"
    return Run(notebook_name(execution), (f"{BIN}/notebook",), cwd=cwd, stdout=log, stderr=log, spec=spec)


def decommission_name(instance: Instance) -> str:
    """Prefix of the names of the runs that decommission an instance; another one once it was taken back."""
    returned = f"-{instance.status.returned}" if instance.status.returned else ""
    return f"decommission-{instance.spec.number}{returned}"


def interrupted_name(instance: Instance) -> str:
    """Prefix of the names of the runs that decommission a spot instance which EC2 takes back."""
    return f"{decommission_name(instance)}-spot"


def recommission_name(instance: Instance) -> str:
    """Prefix of the names of the runs that recommission an instance which was taken back."""
    return f"recommission-{instance.spec.number}-{instance.status.returned}"


def recommission_run(name: str, staying: Iterable[Instance], hdfs: bool, region: str) -> Run:
    """On the master: YARN uses all staying instances again, with `hdfs` HDFS too."""
    spec = {"host": "", "leaving": {}, "staying": [host(each, region) for each in staying], "hdfs": hdfs}
    return Run(name, (f"{BIN}/decommission",), user="root", spec=spec)


def decommission_run(
    name: str,
    instance: Instance,
    leaving: Iterable[tuple[Instance, int | None]],
    staying: Iterable[Instance],
    hdfs: bool,
    region: str,
) -> Run:
    """On the master: decommission all leaving instances in YARN, with `hdfs` in HDFS too, and wait until `instance` has
    no work left. Timeouts are in seconds for each of the two (None: as configured)."""
    spec = {
        "host": host(instance, region),
        "leaving": {host(each, region): timeout for each, timeout in leaving},
        "staying": [host(each, region) for each in staying],
        "hdfs": hdfs,
    }
    return Run(name, (f"{BIN}/decommission",), user="root", spec=spec)


LOGS_REFUSED = 2
"""Exit code of an upload that S3 refused: another attempt would fail too."""


def watch_logs_run(name: str, cluster: Cluster, instance: Instance) -> Run:
    """Upload the instance's logs to LogUri as they change, as long as the instance lives."""
    return Run(name, (f"{BIN}/ship",), user="root", daemon=True, spec=_ship(cluster, instance, watch=True))


def last_logs_run(name: str, cluster: Cluster, instance: Instance) -> Run:
    """Upload all of the instance's logs that have not been uploaded."""
    return Run(name, (f"{BIN}/ship",), user="root", spec=_ship(cluster, instance, watch=False))


def _ship(cluster: Cluster, instance: Instance, watch: bool) -> dict[str, object]:
    return {
        "log_uri": cluster.spec.log_uri,
        "cluster": cluster.id,
        "instance": instance.spec.ec2_id,
        "watch": watch,
    }


def log_place(cluster: Cluster, path: str) -> str:
    """The place of a log file for users: in LogUri. Empty when the cluster has none."""
    if cluster.spec.log_uri is None:
        return ""
    return f"{cluster.spec.log_uri}{cluster.id}/{path}"


def step_log_place(cluster: Cluster, step: Step, name: str) -> str:
    """The place of a step's log for users: in the step's LogUri, otherwise its cluster's. Empty when there is
    neither."""
    log_uri = step.spec.log_uri or cluster.spec.log_uri
    return f"{log_uri}{cluster.id}/steps/{step.id}/{name}.gz" if log_uri else ""
