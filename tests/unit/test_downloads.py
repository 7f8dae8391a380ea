"""What a node tells curl, to have an object of S3."""

from __future__ import annotations

from pathlib import Path

import pytest
from localemr_node.downloads import config
from localemr_node.objects import ObjectError
from localemr_node.scripts import FetchError, fetch

ENV = {
    "AWS_ENDPOINT_URL_S3": "http://minio:9000/",
    "AWS_ACCESS_KEY_ID": "me",
    "AWS_SECRET_ACCESS_KEY": 'a"b\\c',
    "AWS_REGION": "eu-west-1",
}


def test_a_key_is_encoded_as_its_signature_wants_it_and_secrets_are_quoted() -> None:
    assert config("s3://data/jobs/../a b+é?x#y~1.sh", "/steps/s-1/a.sh", ENV).splitlines() == [
        'url = "http://minio:9000/data/jobs/../a%20b%2B%C3%A9%3Fx%23y~1.sh"',
        'output = "/steps/s-1/a.sh"',
        'user = "me:a\\"b\\\\c"',
        'aws-sigv4 = "aws:amz:eu-west-1:s3"',
    ]


def test_the_endpoint_for_all_services_is_that_of_s3_too() -> None:
    assert 'url = "https://aws.test/b/k"' in config("s3a://b/k", "k", {"AWS_ENDPOINT_URL": "https://aws.test"})
    with pytest.raises(ObjectError, match="AWS_ENDPOINT_URL_S3 is not set"):
        config("s3://b/k", "k", {})


@pytest.mark.parametrize(
    "uri", ["s3://", "s3:///key", "s3://bucket", "s3://bucket/", "hdfs://bucket/key", "/bucket/key"]
)
def test_what_is_no_objects_address_is_refused(uri: str) -> None:
    with pytest.raises(ObjectError, match="not the address of an object"):
        config(uri, "k", ENV)


@pytest.mark.parametrize("uri", ["s3://bucket/", "s3://[bucket/key", "/nowhere/key"])
def test_what_cannot_be_fetched_is_one_kind_of_error(tmp_path: Path, uri: str) -> None:
    with pytest.raises(FetchError):
        fetch(uri, str(tmp_path))
