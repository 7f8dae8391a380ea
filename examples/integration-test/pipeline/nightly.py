"""Runs the nightly job on a cluster of its own. Nothing in it knows LocalEMR: its clients come from the caller."""

from botocore.exceptions import WaiterError

TRIES = 3


class NightlyFailed(Exception):
    """The night has no result; the message has the reason that EMR gives."""


def cluster_request(bucket):
    """RunJobFlow's input."""
    groups = [{"InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": 1} for role in ("MASTER", "CORE")]
    return {
        "Name": "nightly",
        "ReleaseLabel": "emr-7.13.0",
        "Applications": [{"Name": "Spark"}],
        "LogUri": f"s3://{bucket}/logs/",
        "Instances": {"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True},
        "JobFlowRole": "EMR_EC2_DefaultRole",
        "ServiceRole": "EMR_DefaultRole",
    }


def step_request(bucket, day):
    """The job of a day as a step."""
    job = ["spark-submit", "--deploy-mode", "cluster", f"s3://{bucket}/jobs/totals.py"]
    places = ["--data", f"s3://{bucket}/sales/{day}.csv", "--output", f"s3://{bucket}/totals/{day}/"]
    step = {"Jar": "command-runner.jar", "Args": job + places}
    return {"Name": f"totals {day}", "ActionOnFailure": "CONTINUE", "HadoopJarStep": step}


def run(emr, bucket, day, delay=10):
    """The day's totals: a cluster, the step, up to TRIES times, and the cluster's end, whatever happens.

    Returns the number of tries. Raises NightlyFailed. `delay`: seconds between two questions about a state.
    """
    patience = {"Delay": delay, "MaxAttempts": 3600 // delay}
    cluster = emr.run_job_flow(**cluster_request(bucket))["JobFlowId"]
    try:
        try:
            emr.get_waiter("cluster_running").wait(ClusterId=cluster, WaiterConfig=patience)
        except WaiterError:
            reason = emr.describe_cluster(ClusterId=cluster)["Cluster"]["Status"]["StateChangeReason"]
            raise NightlyFailed(f"no cluster: {reason.get('Message')}") from None
        return _complete(emr, cluster, step_request(bucket, day), patience)
    finally:
        emr.terminate_job_flows(JobFlowIds=[cluster])


def _complete(emr, cluster, step, patience):
    for tries in range(1, TRIES + 1):
        (step_id,) = emr.add_job_flow_steps(JobFlowId=cluster, Steps=[step])["StepIds"]
        try:
            emr.get_waiter("step_complete").wait(ClusterId=cluster, StepId=step_id, WaiterConfig=patience)
            return tries
        except WaiterError:
            details = emr.describe_step(ClusterId=cluster, StepId=step_id)["Step"]["Status"].get("FailureDetails", {})
            reason = details.get("Message") or details.get("Reason", "unknown")
    raise NightlyFailed(f"{step['Name']} failed {TRIES} times: {reason}")
