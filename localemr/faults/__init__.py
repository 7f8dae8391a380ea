"""Fault injection: a runtime around the runtime. A script determines how its instances, runs and clusters end."""
