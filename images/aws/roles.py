"""EMR's default roles, as `aws emr create-default-roles` makes them (its source). It cannot do so itself where EMR's
endpoint is not AWS's: it reads the name of EMR's service in trust policies from the endpoint's host name."""

import json
import os

from moto.backends import get_backend

PROFILE = "EMR_EC2_DefaultRole"
ROLES = {
    PROFILE: (["ec2.amazonaws.com"], "AmazonElasticMapReduceforEC2Role"),
    "EMR_DefaultRole": (["elasticmapreduce.amazonaws.com"], "AmazonElasticMapReduceRole"),
    "EMR_AutoScaling_DefaultRole": (
        ["elasticmapreduce.amazonaws.com", "application-autoscaling.amazonaws.com"],
        "AmazonElasticMapReduceforAutoScalingRole",
    ),
}
"""Name → the services that may assume the role, and its policy of AWS's."""


def make_roles():
    """Make the roles and the instance profile."""
    iam = get_backend("iam")[os.environ["MOTO_ACCOUNT_ID"]]["aws"]
    for name, (services, policy) in ROLES.items():
        principal = {"Service": services[0] if len(services) == 1 else services}
        statement = {"Sid": "", "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2008-10-17", "Statement": [statement]})
        iam.create_role(name, trust, path="/", permissions_boundary=None, description="", tags=[],
                        max_session_duration="3600")  # fmt: skip
        iam.attach_role_policy(f"arn:aws:iam::aws:policy/service-role/{policy}", name)
    iam.create_instance_profile(name=PROFILE, path="/", role_names=[], tags=[])
    iam.add_role_to_instance_profile(PROFILE, PROFILE)
