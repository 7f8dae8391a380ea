"""AWS's host names of S3 below which MinIO finds a bucket's name: `BUCKET.s3.REGION.amazonaws.com` and its other forms.

In requests to other hosts the bucket is the first part of the path. MinIO takes half a MiB for each name, so the list
has those in use. Source: "Amazon S3 endpoints and quotas" and "Methods for accessing an Amazon S3 bucket" of AWS's
documentation; a test compares the regions with botocore's.
"""

from __future__ import annotations

REGIONS = (
    "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
    "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
    "ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1",
    "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1",
    "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-gov-east-1", "us-gov-west-1",
)  # fmt: skip
CHINA = ("cn-north-1", "cn-northwest-1")
WITH_DASH = (
    "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
    "eu-central-1", "eu-west-1", "eu-west-2", "sa-east-1", "us-east-2", "us-gov-west-1", "us-west-1", "us-west-2",
)  # fmt: skip
"""Regions with names of the older form `s3-REGION`, too."""


def domains(alias: str) -> tuple[str, ...]:
    """The names, and `alias`, which is MinIO's own in the networks of clusters."""
    return (
        alias,
        "s3.amazonaws.com",
        "s3-accelerate.amazonaws.com",
        "s3-external-1.amazonaws.com",
        *(f"s3.{region}.amazonaws.com" for region in REGIONS),
        *(f"s3.dualstack.{region}.amazonaws.com" for region in REGIONS),
        *(f"s3-{region}.amazonaws.com" for region in WITH_DASH),
        *(f"s3.{region}.amazonaws.com.cn" for region in CHINA),
    )
