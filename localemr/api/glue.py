"""Glue's calls: the same wire as EMR's, but answered in threads of their own, as the catalog may take its time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from localemr.api import wire
from localemr.api.access import Access, check_call
from localemr.api.calls import Call, Reply
from localemr.api.failures import failure
from localemr.api.model import GLUE, PREFIXES, operation_of
from localemr.glue import Context
from localemr.glue import call as carry_out

THREADS = 8


def is_glue(headers: Mapping[str, str]) -> bool:
    """Whether it is a call of Glue."""
    return headers.get("x-amz-target", "").startswith(PREFIXES[GLUE])


class GlueEndpoint:
    """Answers the calls of Glue. `context` is closed with it; signatures are checked by `access` (None: not at all)."""

    def __init__(self, context: Context, access: Access | None = None) -> None:
        self._context = context
        self._access = access
        self._pool = ThreadPoolExecutor(THREADS, "glue")

    async def answer(self, call: Call) -> Reply:
        """The answer. Whatever goes wrong is in the reply."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._reply, call)

    def _reply(self, call: Call) -> Reply:
        operation = None
        try:
            check_call(self._access, call)
            operation = operation_of(call.headers.get("x-amz-target"), GLUE)
            key, _ = call.signed_for or ("anonymous", "")
            context = replace(self._context, caller=f"arn:aws:iam::{self._context.account}:user/{key}")
            answer = carry_out(operation, context, wire.parse(operation, call.body, GLUE))
            return Reply(200, wire.render(operation, answer, GLUE))
        except Exception as error:
            return failure(operation, error, service=GLUE)

    async def close(self) -> None:
        """Wait for the calls that are under way, and let go of the catalog."""
        await asyncio.to_thread(self._pool.shutdown)
        self._context.catalog.close()
        self._context.versions.close()
