"""Orders go from PostgreSQL to the lake, and their sums to MySQL's family: `python run.py`.

Its cluster has Hive's metastore in the second database, as teams have it in RDS.
"""

import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
import check
import data
from botocore.exceptions import WaiterError
from databases import PASSWORD, Databases

BUCKET, TABLE = "localemr-database", "store.orders"
MARIADB = "/usr/share/java/mariadb-connector-java.jar"
"""The driver that comes with Hive, at EMR's place on the master. PostgreSQL's is on Spark's class path."""
HERE = Path(__file__).parent
WAIT = {"Delay": 1, "MaxAttempts": 900}


def main():
    """Prints some sums. Ends with 1 when they are not those of plain Python."""
    emr, s3 = boto3.client("emr"), boto3.client("s3")
    if BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=BUCKET)
    for job in HERE.glob("jobs/*.py"):
        s3.upload_file(str(job), BUCKET, f"jobs/{job.name}")
    with TemporaryDirectory() as files, Databases() as databases:
        data.main(files)
        databases.load(files)
        with running(emr, request(databases.metastore)) as cluster:
            step(emr, cluster, "extract", databases.store, "--location", f"s3://{BUCKET}/lake/orders/")
            step(emr, cluster, "publish", databases.reports, "--target", "daily")
        rows = databases.rows("select day, country, orders, amount, open from daily order by day, country")
        for row in rows[:6]:
            print("  ".join(f"{column:>10}" for column in row))
        if (wanted := check.expected(files)) != check.answer(rows):
            sys.exit("the sums are not those of plain Python")
        print(f"All {len(wanted)} sums are those of plain Python.")


def request(metastore):
    """RunJobFlow's input: a cluster whose metastore is in a database that outlives it."""
    access = {
        "ConnectionURL": metastore,
        "ConnectionDriverName": "org.mariadb.jdbc.Driver",
        "ConnectionUserName": "admin",
        "ConnectionPassword": PASSWORD,
    }
    properties = {f"javax.jdo.option.{name}": value for name, value in access.items()}
    groups = [{"InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": 1} for role in ("MASTER", "CORE")]
    return {
        "Name": "database",
        "ReleaseLabel": "emr-7.13.0",
        "Applications": [{"Name": "Hive"}, {"Name": "Spark"}],
        "Configurations": [{"Classification": "hive-site", "Properties": properties}],
        "LogUri": f"s3://{BUCKET}/logs/",
        "Instances": {"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True},
        "JobFlowRole": "EMR_EC2_DefaultRole",
        "ServiceRole": "EMR_DefaultRole",
    }


@contextmanager
def running(emr, request):
    """A cluster that accepts steps; it ends with the block."""
    cluster = emr.run_job_flow(**request)["JobFlowId"]
    print(f"cluster {cluster}", flush=True)
    try:
        emr.get_waiter("cluster_running").wait(ClusterId=cluster, WaiterConfig=WAIT)
        yield cluster
    finally:
        emr.terminate_job_flows(JobFlowIds=[cluster])
        emr.get_waiter("cluster_terminated").wait(ClusterId=cluster, WaiterConfig=WAIT)


def step(emr, cluster, job, url, *more):
    """Run a job over a database, and wait for its end."""
    arguments = ["--url", url, "--user", "admin", "--password", PASSWORD, "--table", TABLE, *more]
    options = ["--deploy-mode", "cluster", "--jars", MARIADB, "--py-files", f"s3://{BUCKET}/jobs/common.py"]
    words = ["spark-submit", *options, f"s3://{BUCKET}/jobs/{job}.py", *arguments]
    order = {"Jar": "command-runner.jar", "Args": words}
    steps = [{"Name": job, "ActionOnFailure": "CONTINUE", "HadoopJarStep": order}]
    (step_id,) = emr.add_job_flow_steps(JobFlowId=cluster, Steps=steps)["StepIds"]
    print(f"step {job} {step_id}", flush=True)
    try:
        emr.get_waiter("step_complete").wait(ClusterId=cluster, StepId=step_id, WaiterConfig=WAIT)
    except WaiterError:
        status = emr.describe_step(ClusterId=cluster, StepId=step_id)["Step"]["Status"]
        sys.exit(f"step {job} is {status['State']}: {status.get('FailureDetails', {}).get('Message')}")


if __name__ == "__main__":
    main()
