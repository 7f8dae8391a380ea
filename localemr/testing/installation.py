"""The addresses of an installation for tests and the programs under test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localemr.cli import clients
from localemr.cli.env import variables
from localemr.settings import Settings
from localemr.testing.client import Control


@dataclass(frozen=True)
class LocalEmr:
    """An installation, defined by its settings."""

    settings: Settings

    @property
    def endpoint(self) -> str:
        """URL of the EMR endpoint, which also serves STS."""
        return self.settings.endpoint

    @property
    def s3_endpoint(self) -> str:
        """URL of the S3 endpoint."""
        return self.settings.s3_url

    @property
    def control(self) -> Control:
        """Controls its script, and its clock if that can be moved."""
        keys = (self.settings.access_key, self.settings.secret_key)
        return Control(self.endpoint, keys if self.settings.accepted_keys else None)

    @property
    def environ(self) -> dict[str, str]:
        """Environment variables that direct the AWS SDKs and the AWS CLI to the installation."""
        return variables(self.settings)

    def client(self, service: str = "emr", **options: Any) -> Any:
        """A boto3 client for `emr`, `glue`, `sts`, `cloudwatch`, `events` or `s3`; `options` go to boto3."""
        return clients.client(service, self.settings, **options)
