"""The markets of EC2's instances."""

ON_DEMAND, SPOT = "ON_DEMAND", "SPOT"
