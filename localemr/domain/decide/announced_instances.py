"""The events of single instances on EventBridge. Pure.

Source: EC2's user guide, "Spot Instance interruption notices". Of EMR's events on unhealthy nodes only the type is
known: members and words are like those of its other events.
"""

from __future__ import annotations

from localemr.domain.decide.announcement import EC2, INFO, WARN, About, Announced, time_of
from localemr.domain.model.places import place_of
from localemr.domain.model.records import Cluster, Event, Instance

INTERRUPTION = "EC2 Spot Instance Interruption Warning"
REPLACEMENT = "EMR Unhealthy Node Replacement"
SAID = {"UNHEALTHY": "is unhealthy", "RECOVERED": "is healthy again", "REPLACING": "is being replaced"}


def interruption(cluster: Cluster, instance: Instance) -> Announced:
    """EC2's warning. The ARN of a spot instance has the availability zone."""
    zone = place_of(cluster).zone
    detail = {"instance-id": instance.spec.ec2_id, "instance-action": "terminate"}
    return Announced(INTERRUPTION, detail, EC2, (f"arn:aws:ec2:{zone}:instance/{instance.spec.ec2_id}",))


def health(event: Event, about: About, instance: Instance) -> Announced:
    """EMR's event on an instance that becomes unhealthy, recovers or is replaced."""
    spec, kind = instance.spec, "Fleet" if about.cluster.spec.fleets else "Group"
    said = (
        f"Instance {spec.ec2_id} of instance {kind.lower()} {spec.group_id} in {about.in_cluster}"
        f" {SAID[event.state]} since {time_of(event.at)}."
    )
    detail = {
        "severity": INFO if event.state == "RECOVERED" else WARN,
        "instanceId": spec.ec2_id,
        f"instance{kind}Id": spec.group_id,
        f"instance{kind}Type": spec.role,
        "clusterId": about.cluster.id,
        "state": event.state,
        "message": " ".join(filter(None, (said, event.reason.message))),
    }
    return Announced(REPLACEMENT, detail)
