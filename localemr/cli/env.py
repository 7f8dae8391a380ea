"""`localemr env`: the environment variables with which AWS SDKs and the AWS CLI use this installation."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from localemr.cli.console import read_settings, reported
from localemr.domain.node.aws_tools import HOSTS, S3
from localemr.settings import Settings

# A session token of a real AWS account would be sent with MinIO's keys, and MinIO would refuse it.
CLEARED = ("AWS_SESSION_TOKEN",)


def variables(settings: Settings) -> dict[str, str]:
    """The environment variables that direct AWS SDKs to this installation."""
    return {
        **{
            f"AWS_ENDPOINT_URL_{name.upper()}": settings.s3_url if name == S3 else settings.endpoint
            for name in sorted(HOSTS)
        },
        "AWS_ACCESS_KEY_ID": settings.access_key,
        "AWS_SECRET_ACCESS_KEY": settings.secret_key,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_REGION": settings.region,
    }


def script(settings: Settings, unset: bool = False) -> str:
    """Lines for a POSIX shell's eval."""
    values = variables(settings)
    if unset:
        return "unset " + " ".join(values)
    lines = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    return "\n".join([*lines, "unset " + " ".join(CLEARED)])


def env(
    unset: Annotated[bool, typer.Option("--unset", help="Print the line that takes the variables away again.")] = False,
) -> None:
    """Print shell lines that lead AWS SDKs and the AWS CLI here: eval "$(localemr env)"."""
    with reported():
        typer.echo(script(read_settings(), unset))
