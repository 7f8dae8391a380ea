"""boto3 clients for this installation: the CLI uses the APIs of EMR and S3 like any other program."""

from __future__ import annotations

from typing import Any

from localemr.settings import Settings


def emr(settings: Settings) -> Any:
    """A boto3 EMR client of the controller."""
    return client("emr", settings)


def s3(settings: Settings) -> Any:
    """A boto3 S3 client of MinIO."""
    return client("s3", settings)


def client(service: str, settings: Settings, **options: Any) -> Any:
    """A boto3 client for `emr`, `glue`, `sts`, `cloudwatch`, `events` or `s3`; `options` go to boto3."""
    import boto3
    from botocore.config import Config

    # No proxies: both endpoints are on this host, which a proxy could not reach.
    config = Config(proxies={}, connect_timeout=5, read_timeout=60, retries={"mode": "standard", "max_attempts": 3})
    given = {
        "endpoint_url": settings.s3_url if service == "s3" else settings.endpoint,
        "region_name": settings.region,
        "aws_access_key_id": settings.access_key,
        "aws_secret_access_key": settings.secret_key,
        "config": config,
    }
    return boto3.client(service, **(given | options))
