"""The record of EMR as a service."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from localemr.aws.errors import AwsError
from localemr.aws.service import Caller, Service
from localemr.domain.model.errors import InternalServerException
from localemr.emr.registry import OPERATIONS, Context
from localemr.emr.waiting import awaited
from localemr.store import StoreFailure

READING = ("Describe", "List")
"""Prefixes of operations that only read the store."""


def service(context: Context) -> Service:
    """EMR over the store of `context`, whose region is the default for calls without a signed region."""

    @lru_cache(maxsize=64)  # Callers are few, and call often.
    def of(caller: Caller) -> Context:
        return replace(context, region=caller.region or context.region, endpoint=caller.endpoint)

    return Service(
        "emr",
        {"json": "ElasticMapReduce"},
        OPERATIONS,
        of,
        awaited=lambda operation, request: awaited(context.store, operation, request),
        repeats=lambda operation: operation.startswith(READING),
        explain=_explain,
    )


def _explain(error: Exception) -> AwsError | None:
    return InternalServerException(f"Nothing was stored: {error}") if isinstance(error, StoreFailure) else None
