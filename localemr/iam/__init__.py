"""AWS IAM: the roles that EMR's clients look for before they make a cluster."""

from localemr.iam.service import service

__all__ = ["service"]
