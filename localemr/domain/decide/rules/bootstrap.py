"""Rule: every instance runs the bootstrap actions, one after the other, before its daemons.

A failed action ends its instance. On the only master, or before the cluster is ready, it ends the cluster.
"""

from __future__ import annotations

from localemr.domain.decide.passes import Pass
from localemr.domain.model.instructions import StartRun
from localemr.domain.model.observed import LOST, RunReport
from localemr.domain.model.records import MASTER, ErrorDetail, Instance
from localemr.domain.model.states import ENDED, ClusterState, InstanceState, Reason
from localemr.domain.node.runs import bootstrap_name, bootstrap_run, log_place


def bootstrap(work: Pass) -> None:
    """Apply to instances in PROVISIONING or BOOTSTRAPPING, until the cluster terminates."""
    if work.state in (ClusterState.TERMINATING, *ENDED):
        return
    for instance in work.not_leaving():
        if instance.status.state in (InstanceState.PROVISIONING, InstanceState.BOOTSTRAPPING):
            _go_on(work, instance)


def bootstrapped(work: Pass, instance: Instance) -> bool:
    """Whether all bootstrap actions succeeded on the instance."""
    runs = work.runs(instance)
    numbers = range(1, len(work.cluster.spec.bootstrap_actions) + 1)
    return runs is not None and all((run := runs.get(bootstrap_name(n))) is not None and run.succeeded for n in numbers)


def _go_on(work: Pass, instance: Instance) -> None:
    runs = work.runs(instance)
    if runs is None:
        return
    for number, action in enumerate(work.cluster.spec.bootstrap_actions, 1):
        report = runs.get(bootstrap_name(number))
        if report is None:
            work.emit(StartRun(instance.id, bootstrap_run(number, action)))
            return
        if not report.over:
            return
        if not report.succeeded:
            _fail(work, instance, number, report)
            return


def _fail(work: Pass, instance: Instance, number: int, report: RunReport) -> None:
    message = _message(instance, number, report)
    place = log_place(work.cluster, f"node/{instance.spec.ec2_id}/bootstrap-actions/{number}/stderr.gz")
    instance_message = f"{message}; log: {place}" if place else message
    if not work.is_replaceable(instance):
        # The instance must first upload the log that the message names.
        work.end_cluster("BOOTSTRAP_FAILURE", instance_message, *_errors(work, instance, number, report))
    else:
        work.retire(instance, Reason("BOOTSTRAP_FAILURE", instance_message))


def _errors(work: Pass, instance: Instance, number: int, report: RunReport) -> list[ErrorDetail]:
    """EMR's ErrorDetails for the master. Other instances have none (emr-behaviour §3.3)."""
    if instance.spec.role != MASTER or report.state == LOST:
        return []
    data = {"primary-instance-id": instance.spec.ec2_id, "bootstrap-action": str(number)}
    if _not_found(report):
        code = "BOOTSTRAP_FAILURE_BA_DOWNLOAD_FAILED_PRIMARY"
    else:
        code = "BOOTSTRAP_FAILURE_PRIMARY_WITH_NON_ZERO_CODE"
        data["return-code"] = str(report.code)
    data["amazon-s3-path"] = work.cluster.spec.bootstrap_actions[number - 1].path
    return [ErrorDetail(code, _message(instance, number, report), data)]


def _not_found(report: RunReport) -> bool:
    """Whether fetching the action's script failed."""
    return bool(report.document.get("download"))


def _message(instance: Instance, number: int, report: RunReport) -> str:
    """EMR's sentences (emr-behaviour §3.2)."""
    master = instance.spec.role == MASTER
    subject = f"{'Master' if master else 'Slave'} instance ({instance.spec.ec2_id})"
    if _not_found(report):
        return f"{subject} failed attempting to download bootstrap action {number} file from S3"
    what = "was interrupted" if report.state == LOST else "returned a non-zero return code"
    if master:
        return f"On the master instance ({instance.spec.ec2_id}), bootstrap action {number} {what}"
    return f"On 1 slave instance (including {instance.spec.ec2_id}), bootstrap action {number} {what}"
