"""Fault injection: a runtime around the runtime whose instances, runs and clusters end as a script says."""
