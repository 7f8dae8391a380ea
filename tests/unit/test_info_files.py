"""EMR's info files and the settings of AWS's tools: true from the start, and kept true."""

from __future__ import annotations

import asyncio
import configparser
import json
import re
from dataclasses import replace

from localemr.domain.model.application import Site
from localemr.domain.node.aws_tools import (
    AWS_CONFIGS,
    BESIDE,
    ENVIRONMENT,
    PASSED_ON,
    PROFILE,
    aws_config,
    aws_endpoints,
    aws_environment,
    aws_files,
    names,
)
from localemr.domain.node.info_files import INFO, info_files
from tests.unit.test_configurations import files, with_instances
from tests.world import CATALOG, World, make_records

STATE = f"{INFO}/job-flow-state.txt"


def test_the_state_reads_as_scripts_read_it() -> None:
    """As AWS's recipe does: the lines from localInstance to the first closing brace hold the record and its status."""
    records = with_instances(make_records())
    text = info_files(records, records.instances[1], CATALOG)[STATE]
    block = re.search(r"localInstance \{(.*?)\}", text, re.DOTALL)
    assert block and re.findall(r"nodeProvisionCheckinRecord \{\n *status: (\w+)", block[1]) == ["IN_PROGRESS"]
    assert 'instanceRole: "core"\n' in text


def test_info_files_follow_the_cluster() -> None:
    async def body() -> None:
        world = World()
        world.store.add_cluster(make_records(core=1, task=1))

        def read(role: str, name: str) -> str:
            return world.runtime.nodes[world.container(role)].files[f"{INFO}/{name}"].text

        def counts(role: str) -> list[int]:
            return [
                group["requestedInstanceCount"] for group in json.loads(read(role, "job-flow.json"))["instanceGroups"]
            ]

        await world.settle(until=lambda records: len(world.runtime.nodes) == 3)
        assert "IN_PROGRESS" in read("MASTER", "job-flow-state.txt")
        await world.settle()
        assert "SUCCESSFUL" in read("MASTER", "job-flow-state.txt")
        assert counts("CORE") == [1, 1, 1]
        world.resize("TASK", count=3)
        await world.settle()
        assert counts("MASTER") == counts("CORE") == counts("TASK") == [1, 1, 3]
        assert json.loads(read("MASTER", "job-flow.json"))["instanceCount"] == 5
        await world.reconciler.stop()
        world.store.close()

    asyncio.run(body())


def test_files_are_written_once_only() -> None:
    async def body() -> None:
        world = World()
        world.store.add_cluster(make_records())
        await world.settle()
        fake = world.runtime.nodes[world.container("CORE")]
        fake.files.pop(STATE)
        await world.settle()
        assert STATE not in fake.files
        await world.restart()
        await world.settle()
        assert "SUCCESSFUL" in fake.files[STATE].text
        await world.reconciler.stop()
        world.store.close()

    asyncio.run(body())


def test_aws_tools_find_the_services_with_and_without_the_environment() -> None:
    made = make_records().cluster
    cluster = replace(made, status=replace(made.status, gateway="10.0.0.1"))
    assert aws_endpoints(cluster, Site()) == {"s3": "http://s3:9000"}
    site = Site(emr_endpoint="http://{gateway}:4577")
    controller = ("emr", "glue", "sts", "cloudwatch", "eventbridge", *BESIDE)
    urls = {"s3": "http://s3:9000", **dict.fromkeys(controller, "http://10.0.0.1:4577")}
    assert aws_endpoints(cluster, site) == urls
    parsed = configparser.ConfigParser()
    parsed.read_string(aws_config("eu-west-1", urls))
    assert parsed["default"]["region"] == "eu-west-1"
    for service, url in urls.items():
        assert f"endpoint_url = {url}" in parsed[f"services {parsed['default']['services']}"][service]
    environment = aws_environment("eu-west-1", urls, site)
    for service, url in urls.items():
        assert environment[f"AWS_ENDPOINT_URL_{service.upper()}"] == url
    assert "endpoint_url = http://s3:9000" in files("CORE")["/home/hadoop/.aws/config"]


def test_every_process_of_a_job_gets_the_same_variables_and_no_keys() -> None:
    urls = {"s3": "http://s3:9000", "glue": "http://10.0.0.1:4577"}
    environment = aws_environment("eu-west-1", urls, Site())
    keys = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert set(environment) - keys <= set(PASSED_ON)
    assert "AWS_ENDPOINT_URL_GLUE" in found(
        "yarn.nodemanager.env-whitelist", files("CORE")["/etc/hadoop/conf/yarn-site.xml"]
    )
    made = aws_files("eu-west-1", urls, Site(), {})
    for path, line in ((ENVIRONMENT, "AWS_ENDPOINT_URL_GLUE=http://10.0.0.1:4577"),
                       (PROFILE, "export AWS_ENDPOINT_URL_GLUE='http://10.0.0.1:4577'")):  # fmt: skip
        assert line in made[path].splitlines()
    assert not [path for path, text in made.items() if Site().secret_key in text]


def test_a_metadata_service_elsewhere_is_found_by_every_program() -> None:
    site, urls = Site(metadata_endpoint="http://127.0.0.254"), {"s3": "http://s3:9000"}
    name = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
    assert aws_environment("eu-west-1", urls, site)[name] == "http://127.0.0.254"
    assert name in found("yarn.nodemanager.env-whitelist", files("CORE")["/etc/hadoop/conf/yarn-site.xml"])
    made = aws_files("eu-west-1", urls, site, {})
    assert f"{name}=http://127.0.0.254" in made[ENVIRONMENT].splitlines()
    for path in AWS_CONFIGS:
        config = configparser.ConfigParser()
        config.read_string(made[path])
        assert config["default"]["ec2_metadata_service_endpoint"] == "http://127.0.0.254"
    assert not [text for text in aws_files("eu-west-1", urls, Site(), {}).values() if "metadata" in text.lower()]


def test_the_names_of_aws_that_an_instance_answers() -> None:
    urls = {"s3": "http://s3:9000", "emr": "http://c:1", "glue": "http://c:1", "sts": "http://c:1"}
    document = json.loads(names(urls, Site(), {}))
    assert document["services"] == {"s3": "http://s3:9000", "elasticmapreduce": "http://c:1", "glue": "http://c:1",
                                    "sts": "http://c:1"}  # fmt: skip
    assert (document["others"], document["outside"]) == ("http://c:1", False)
    alone = json.loads(names({"s3": "http://s3:9000"}, Site(reach_aws=True), {}))
    assert (alone["others"], alone["outside"]) == ("", True)


def found(name: str, xml: str) -> list[str]:
    """The words of a property."""
    match = re.search(rf"<name>{re.escape(name)}</name><value>([^<]*)</value>", xml)
    return match[1].split(",") if match else []
