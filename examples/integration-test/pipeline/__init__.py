"""The team's pipeline: nightly.py runs a job on a cluster of its own, totals.py is that job."""
