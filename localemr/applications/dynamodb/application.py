"""The connector for DynamoDB, which every cluster has (EMR's component `emr-ddb`): input and output formats of
Hadoop, and Hive's storage handler."""

from __future__ import annotations

from pathlib import Path

from localemr.domain.model.application import Appended, Application, Contribution, Facts

JARS = tuple(f"/usr/share/aws/emr/ddb/lib/{name}.jar" for name in ("emr-ddb-hadoop", "emr-ddb-hive"))


def client(facts: Facts) -> Contribution:
    """Of core-site: where DynamoDB is and with which keys, so that jobs need not name them."""
    endpoint = facts.endpoints.get("dynamodb", "")
    properties = {
        "dynamodb.endpoint": endpoint,
        "dynamodb.regionid": facts.region,
        "dynamodb.awsAccessKeyId": facts.site.access_key,
        "dynamodb.awsSecretAccessKey": facts.site.secret_key,
    }
    return properties if endpoint else {}


def in_containers(facts: Facts) -> Contribution:
    """Of yarn-site: both jars on the class path of jobs, behind all others."""
    return {"yarn.application.classpath": Appended(",".join(JARS))}


def in_commands(facts: Facts) -> Contribution:
    """Of the environments of commands: both jars behind what the caller's HADOOP_CLASSPATH has. They are left out where
    that comes before Hadoop's own jars: they have an older SDK of AWS."""
    jars = ":".join(JARS)
    behind = f"${{HADOOP_CLASSPATH:+$HADOOP_CLASSPATH:}}${{HADOOP_USER_CLASSPATH_FIRST:-{jars}}}"
    return {"HADOOP_CLASSPATH": Appended(behind, ":")}


APPLICATION = Application(
    name="DynamoDB",
    needs=("Hadoop",),
    joins=("Hive",),
    everywhere=True,
    contributes={
        "core-site": client,
        "yarn-site": in_containers,
        "hadoop-env": in_commands,
        "hive-env": in_commands,
    },
    image=str(Path(__file__).parent / "image"),
)
