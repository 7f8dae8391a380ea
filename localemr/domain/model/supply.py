"""The words of the event log on a group's supply with instances."""

from localemr.domain.model.markets import ON_DEMAND, SPOT

INSUFFICIENT, TIMED_OUT, SWITCHED = "INSUFFICIENT", "TIMED_OUT", "SWITCHED"
NAMES = {ON_DEMAND: "On-Demand", SPOT: "Spot"}
"""EMR's names of the markets in sentences."""
