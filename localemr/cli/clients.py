"""boto3 clients for this installation: the CLI speaks EMR's and S3's APIs like any other program."""

from __future__ import annotations

from typing import Any

from localemr.settings import Settings


def emr(settings: Settings) -> Any:
    """A boto3 EMR client of the controller."""
    return _client("emr", settings.endpoint, settings)


def s3(settings: Settings) -> Any:
    """A boto3 S3 client of MinIO."""
    return _client("s3", settings.s3_url, settings)


def _client(service: str, url: str, settings: Settings) -> Any:
    import boto3
    from botocore.config import Config

    # No proxies: both endpoints are on this host, which a proxy could not reach.
    config = Config(proxies={}, connect_timeout=5, read_timeout=60, retries={"mode": "standard", "max_attempts": 3})
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=settings.region,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key,
        config=config,
    )
