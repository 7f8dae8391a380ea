"""The record of Glue as a service."""

from __future__ import annotations

from dataclasses import replace

from localemr.aws.service import Caller, Service
from localemr.glue.registry import OPERATIONS, Context

THREADS = 8
"""Calls of the catalog may block for long."""


def service(context: Context) -> Service:
    """Glue over the catalog of `context`, which is closed with it."""

    def of(caller: Caller) -> Context:
        return replace(context, caller=caller.arn(context.account))

    def close() -> None:
        context.catalog.close()
        context.versions.close()

    return Service("glue", {"json": "AWSGlue"}, OPERATIONS, of, THREADS, close=close)
