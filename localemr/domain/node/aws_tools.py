"""How AWS's tools on an instance find the local services: by environment variables in steps, by files where sudo or
cron removed those.

Keys come from the environment, otherwise from the instance metadata service.
"""

from __future__ import annotations

from collections.abc import Mapping

from localemr.domain.model.application import Site
from localemr.domain.model.records import Cluster

AWS_CONFIGS = ("/home/hadoop/.aws/config", "/root/.aws/config")


def aws_endpoints(cluster: Cluster, site: Site) -> Mapping[str, str]:
    """Endpoint URLs by service name, as the cluster's instances reach them."""
    urls = {"s3": site.s3_endpoint, "emr": site.emr_endpoint.replace("{gateway}", cluster.status.gateway or "")}
    return {service: url for service, url in urls.items() if url}


def aws_config(region: str, endpoints: Mapping[str, str]) -> str:
    """A configuration file of the AWS CLI and the SDKs."""
    services = "".join(f"{service} =\n  endpoint_url = {url}\n" for service, url in endpoints.items())
    return f"[default]\nregion = {region}\nservices = localemr\n\n[services localemr]\n{services}"


def aws_environment(region: str, endpoints: Mapping[str, str], site: Site) -> dict[str, str]:
    """The same settings as environment variables, with the keys."""
    return {
        "AWS_ACCESS_KEY_ID": site.access_key,
        "AWS_SECRET_ACCESS_KEY": site.secret_key,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        **{f"AWS_ENDPOINT_URL_{service.upper()}": url for service, url in endpoints.items()},
    }
