"""AWS STS: what clients call before they talk to another service."""

from localemr.sts.service import service

__all__ = ["service"]
