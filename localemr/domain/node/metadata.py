"""The documents of an instance's metadata service (emr-behaviour §9.2), by their paths below /latest/."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from localemr.domain.model.application import Site
from localemr.domain.model.names import partition, private_dns, spelled_address
from localemr.domain.model.places import attributes, place_of
from localemr.domain.model.records import Instance, Records
from localemr.domain.node.info_files import user_data

DEFAULT_PROFILE = "EMR_EC2_DefaultRole"
IMAGE = "ami-00000000000000000"


def interruption_notice(at: float, until: float) -> dict[str, str]:
    """The documents with which EC2 announces at `at` that it takes a spot instance back at `until` (epoch seconds)."""
    given, end = (datetime.fromtimestamp(each, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for each in (at, until))
    return {
        "meta-data/spot/instance-action": json.dumps({"action": "terminate", "time": end}),
        "meta-data/spot/termination-time": end,
        # EC2 gives this one with the notice or earlier.
        "meta-data/events/recommendations/rebalance": json.dumps({"noticeTime": given}),
    }


def metadata(records: Records, instance: Instance, site: Site) -> dict[str, Any]:
    """Path → text. The path of the role's keys has the keys, to which the service adds times."""
    cluster, spec = records.cluster, instance.spec
    region = cluster.spec.region
    zone = place_of(cluster).zone
    profile = str(attributes(cluster).get("IamInstanceProfile") or DEFAULT_PROFILE).rpartition("/")[2]
    host = private_dns(spec.host, region)
    # Until the address is known, the one that the host name spells. Runtimes that choose addresses assign it.
    address = instance.address or spelled_address(spec.host)
    began = datetime.fromtimestamp(instance.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    arn = f"arn:{partition(region)}:iam::{cluster.spec.account}:instance-profile/{profile}"
    info = {"Code": "Success", "LastUpdated": began, "InstanceProfileArn": arn}
    identity = {
        "accountId": cluster.spec.account,
        "architecture": "x86_64",
        "availabilityZone": zone,
        "imageId": IMAGE,
        "instanceId": spec.ec2_id,
        "instanceType": spec.instance_type,
        "pendingTime": began,
        "privateIp": address,
        "region": region,
        "version": "2017-09-30",
    }
    domain = "amazonaws.com.cn" if partition(region) == "aws-cn" else "amazonaws.com"
    return {
        "dynamic/instance-identity/document": json.dumps(identity, indent=2),
        "meta-data/ami-id": IMAGE,
        "meta-data/hostname": host,
        "meta-data/iam/info": json.dumps(info, indent=2),
        f"meta-data/iam/security-credentials/{profile}": {
            "AccessKeyId": site.access_key,
            "SecretAccessKey": site.secret_key,
            # MinIO's root keys have no token, and MinIO refuses any other. SDKs send none when it is empty.
            "Token": "",
        },
        "meta-data/instance-id": spec.ec2_id,
        "meta-data/instance-life-cycle": "spot" if spec.market == "SPOT" else "on-demand",
        "meta-data/instance-type": spec.instance_type,
        "meta-data/local-hostname": host,
        "meta-data/local-ipv4": address,
        "meta-data/placement/availability-zone": zone,
        "meta-data/placement/region": region,
        "meta-data/public-hostname": host,
        "meta-data/services/domain": domain,
        "meta-data/services/partition": partition(region),
        "user-data": json.dumps(user_data(records, instance), indent=2),
    }
