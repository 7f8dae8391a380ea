"""How AWS's tools and SDKs on an instance find the local services: by environment variables, by files where those were
removed (sudo, cron, logins), and by AWS's own host names.

Keys come from the environment, otherwise from the instance metadata service.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localemr.domain.model.application import Site
from localemr.domain.model.records import Cluster

AWS_CONFIGS = ("/home/hadoop/.aws/config", "/root/.aws/config")
ENVIRONMENT = "/etc/environment"
"""PAM's file: variables of logins, sudo and cron."""
PROFILE = "/etc/profile.d/localemr.sh"
NAMES = "/var/lib/localemr/names.json"
"""Which of AWS's host names are answered on the instance, and by what (docs/node-contract.md)."""
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
"""All trusted authorities, among them the instance's own (docs/adr/0012-aws-names-on-nodes.md)."""

S3 = "s3"
OWN: Mapping[str, str] = {
    "s3": "s3", "emr": "elasticmapreduce", "glue": "glue", "sts": "sts", "cloudwatch": "monitoring",
    "eventbridge": "events",
}  # fmt: skip
BESIDE: Mapping[str, str] = {
    "cloudwatch_logs": "logs", "dynamodb": "dynamodb", "ec2": "ec2", "iam": "iam", "kms": "kms",
    "secrets_manager": "secretsmanager", "sns": "sns", "sqs": "sqs", "ssm": "ssm",
}  # fmt: skip
"""The services that the controller passes on (docs/adr/0014-the-aws-beside-clusters.md)."""
HOSTS: Mapping[str, str] = {**OWN, **BESIDE}
"""The services that programs reach, by the name that settings of SDKs use (AWS_ENDPOINT_URL_<NAME>, `services` of AWS's
configuration file): the part of AWS's host names that stands for the service, and its name in signatures. All but S3
are at the controller."""

DOMAINS = ("amazonaws.com", "amazonaws.com.cn", "api.aws")
"""AWS's host names are below these."""
TRUST = {name: AUTHORITIES for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")}
"""For libraries that have authorities of their own."""
METADATA_ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
"""Leads SDKs and the AWS CLI to the instance metadata service where it has not EC2's address."""
PASSED_ON = (
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    *(f"AWS_ENDPOINT_URL_{name.upper()}" for name in HOSTS),
    *TRUST,
    METADATA_ENDPOINT,
)
"""The variables that every process of a job must have, wherever it runs. None is a secret."""


def aws_endpoints(cluster: Cluster, site: Site) -> Mapping[str, str]:
    """Endpoint URLs by service name, as the cluster's instances reach them."""
    controller = site.emr_endpoint.replace("{gateway}", cluster.status.gateway or "")
    urls = {name: site.s3_endpoint if name == S3 else controller for name in HOSTS}
    return {service: url for service, url in urls.items() if url}


def aws_config(region: str, endpoints: Mapping[str, str], metadata_endpoint: str = "") -> str:
    """A configuration file of the AWS CLI and the SDKs."""
    services = "".join(f"{service} =\n  endpoint_url = {url}\n" for service, url in endpoints.items())
    default = f"[default]\nregion = {region}\nca_bundle = {AUTHORITIES}\nservices = localemr\n"
    if metadata_endpoint:
        default += f"ec2_metadata_service_endpoint = {metadata_endpoint}\n"
    return f"{default}\n[services localemr]\n{services}"


def aws_variables(region: str, endpoints: Mapping[str, str], metadata_endpoint: str = "") -> dict[str, str]:
    """The same settings as environment variables (PASSED_ON)."""
    urls = {f"AWS_ENDPOINT_URL_{service.upper()}": url for service, url in endpoints.items()}
    found = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, **urls, **TRUST}
    return found | ({METADATA_ENDPOINT: metadata_endpoint} if metadata_endpoint else {})


def aws_environment(region: str, endpoints: Mapping[str, str], site: Site) -> dict[str, str]:
    """The variables, with the keys."""
    keys = {"AWS_ACCESS_KEY_ID": site.access_key, "AWS_SECRET_ACCESS_KEY": site.secret_key}
    return keys | aws_variables(region, endpoints, site.metadata_endpoint)


def aws_files(region: str, endpoints: Mapping[str, str], site: Site, on_demand: Mapping[str, Any]) -> dict[str, str]:
    """Path → text: the settings, without keys, where no environment is inherited; and the instance's names."""
    variables = aws_variables(region, endpoints, site.metadata_endpoint)
    return {
        **dict.fromkeys(AWS_CONFIGS, aws_config(region, endpoints, site.metadata_endpoint)),
        ENVIRONMENT: "".join(f"{name}={value}\n" for name, value in variables.items()),
        PROFILE: "".join(f"export {name}='{value}'\n" for name, value in variables.items()),
        NAMES: names(endpoints, site, on_demand),
    }


def names(endpoints: Mapping[str, str], site: Site, on_demand: Mapping[str, Any]) -> str:
    """The instance's data about AWS's host names: the URL for each service by its part of the name, the URL for all
    others (empty: there is none), and whether names of other services are looked up outside."""
    controller = next((url for service, url in endpoints.items() if service != S3), "")
    document = {
        "services": {HOSTS[service]: url for service, url in endpoints.items()},
        "domains": list(DOMAINS),
        "others": controller,
        "outside": site.reach_aws,
        "on_demand": on_demand,
    }
    return json.dumps(document, indent=2) + "\n"
