"""AWS's other services beside real clusters: their container starts on first use, and comes back with its state; events
and alarms reach queues; nodes reach the same services."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import boto3

from tests.cluster.installation import CONFIG, Installation, wait_for

ACCOUNT = "000000000000"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:"


def client(installation: Installation, service: str) -> Any:
    return boto3.client(
        service,
        "us-east-1",
        endpoint_url=installation.emr.meta.endpoint_url,
        aws_access_key_id="localemr",
        aws_secret_access_key="localemr-secret",
        config=CONFIG,
    )


def first_queue(installation: Installation, name: str) -> str:
    """The URL of a new queue; the image is built and the container started meanwhile."""
    sqs = client(installation, "sqs")

    def made() -> str:
        try:
            return str(sqs.create_queue(QueueName=name)["QueueUrl"])
        except sqs.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 503, error
            return ""

    return wait_for("a queue", made)


def next_body(installation: Installation, url: str) -> dict[str, Any]:
    """The next message of a queue, which is removed from it."""
    sqs = client(installation, "sqs")
    found = wait_for(
        f"a message in {url}",
        lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5).get("Messages"),
    )
    sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
    return dict(json.loads(found[0]["Body"]))


def test_events_of_a_real_cluster_and_an_alarm_reach_queues(installation: Installation, shared: str) -> None:
    url = first_queue(installation, "steps")
    events, cloudwatch, sns = (client(installation, each) for each in ("events", "cloudwatch", "sns"))
    pattern = {"detail-type": ["EMR Step Status Change"], "detail": {"clusterId": [shared], "state": ["COMPLETED"]}}
    events.put_rule(Name="steps", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="steps", Targets=[{"Id": "q", "Arn": f"{QUEUE}steps"}])
    script = (
        "aws sqs send-message --queue-url $(aws sqs get-queue-url --queue-name steps --output text) "
        '--message-body \'{"from": "a node"}\'; env -i /usr/bin/python3 -c '
        "\"import boto3; boto3.client('ssm', 'us-east-1').put_parameter(Name='/node', Value='v', Type='String')\""
    )
    step_id = installation.add_step(shared, "bash", "-c", script)
    installation.wait_step(shared, step_id, "COMPLETED")
    assert next_body(installation, url) == {"from": "a node"}
    assert next_body(installation, url)["detail"]["stepId"] == step_id
    assert client(installation, "ssm").get_parameter(Name="/node")["Parameter"]["Value"] == "v"
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUE}steps")
    cloudwatch.put_metric_alarm(
        AlarmName="beside", Namespace="test", MetricName="m", Statistic="Maximum", Period=10, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold", AlarmActions=[topic],
    )  # fmt: skip

    def alarmed() -> bool:
        cloudwatch.put_metric_data(
            Namespace="test", MetricData=[{"MetricName": "m", "Value": 5, "StorageResolution": 1}]
        )
        return bool(cloudwatch.describe_alarms(AlarmNames=["beside"], StateValue="ALARM")["MetricAlarms"])

    wait_for("the alarm", alarmed)
    assert json.loads(next_body(installation, url)["Message"])["NewStateValue"] == "ALARM"
    events.remove_targets(Rule="steps", Ids=["q"])
    events.delete_rule(Name="steps")
    cloudwatch.delete_alarms(AlarmNames=["beside"])


def test_the_container_comes_back_with_its_state(installation: Installation) -> None:
    url = first_queue(installation, "kept")
    sqs, secrets = client(installation, "sqs"), client(installation, "secretsmanager")
    secrets.create_secret(Name="kept", SecretString="value")
    sqs.send_message(QueueUrl=url, MessageBody='{"n": 1}')
    name = f"localemr-{installation.name}-aws"
    container = installation.docker.containers.get(name)
    container.stop()
    container.remove(force=True)
    assert first_queue(installation, "kept") == url
    assert installation.docker.containers.get(name).id != container.id
    assert next_body(installation, url) == {"n": 1}
    assert secrets.get_secret_value(SecretId="kept")["SecretString"] == "value"


def test_emrs_default_roles_by_the_command_line(installation: Installation, shared: str) -> None:
    """With the variables of `localemr env`, by the AWS CLI of a node's image."""
    first_queue(installation, "roles")
    image = installation.containers(shared, "MASTER")[0].image.id
    lines = installation.localemr("env")
    run = ("docker", "run", "--rm", "--network", "host", "--entrypoint", "bash", image)
    command = [*run, "-c", f"{lines}\naws emr create-default-roles"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
