"""Where a cluster's instances are: an Availability Zone, and a subnet of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from localemr.domain.model.records import Cluster

ATTRIBUTES, ZONE, SUBNET = "Ec2InstanceAttributes", "Ec2AvailabilityZone", "Ec2SubnetId"
LETTERS = "abcdef"


class Place(NamedTuple):
    """An Availability Zone, and a subnet's id (empty: the zone's default one)."""

    zone: str
    subnet: str = ""


def attributes(cluster: Cluster) -> Mapping[str, Any]:
    """The cluster's Ec2InstanceAttributes, with the place that was chosen."""
    return {**cluster.spec.echo.get(ATTRIBUTES, {}), **cluster.status.place}


def place_of(cluster: Cluster) -> Place:
    """Where the cluster is."""
    shown = attributes(cluster)
    return Place(shown.get(ZONE) or f"{cluster.spec.region}a", shown.get(SUBNET) or "")


def chosen(place: Place) -> dict[str, str]:
    """The members of Ec2InstanceAttributes that name the place."""
    return {ZONE: place.zone} | ({SUBNET: place.subnet} if place.subnet else {})


def places(cluster: Cluster) -> list[Place]:
    """Where the request permits the cluster to be, in the request's order. The zones of several subnets are unknown:
    the first one has the cluster's, each further one the next of the region."""
    shown, first = cluster.spec.echo.get(ATTRIBUTES, {}), place_of(cluster)
    subnets, zones = shown.get("RequestedEc2SubnetIds", ()), shown.get("RequestedEc2AvailabilityZones", ())
    if len(subnets) > 1:
        letter = LETTERS.find(first.zone[-1:])
        return [
            Place(first.zone if not number else f"{cluster.spec.region}{LETTERS[(letter + number) % 6]}", subnet)
            for number, subnet in enumerate(subnets)
        ]
    return [first._replace(zone=zone) for zone in zones] or [first]
