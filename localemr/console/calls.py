"""The operations of AWS's services as the console calls them: as every caller, without HTTP between."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from localemr.api.calls import Reply
from localemr.aws.service import Caller

MOST_PAGES = 40
"""Pages of a list that are read at once."""

Inside = Callable[[str, str, bytes, Caller, bool], Awaitable[Reply]]
"""Service, operation, body, caller, and whether it is checked alone → the reply; `Front.inside` is one."""
View = dict[str, Any]


class Refused(Exception):
    """An operation was refused: the error's name and text as every caller gets them, and the HTTP status."""

    def __init__(self, name: str, message: str, status: int) -> None:
        super().__init__(message)
        self.name, self.message, self.status = name, message, status


class Api:
    """The operations for one caller."""

    def __init__(self, inside: Inside, caller: Caller) -> None:
        self._inside = inside
        self._caller = caller

    async def emr(self, operation: str, request: View | None = None, **members: Any) -> View:
        """An operation of EMR; its response as JSON. Raises Refused."""
        return await self._call("emr", operation, (request or {}) | members)

    async def check(self, operation: str, request: View) -> None:
        """Raise Refused for a request that EMR's operation would refuse, as far as that is known before it."""
        await self._call("emr", operation, request, dry=True)

    async def glue(self, operation: str, **members: Any) -> View:
        """An operation of Glue; its response as JSON. Raises Refused."""
        return await self._call("glue", operation, members)

    async def cloudwatch(self, operation: str, **members: Any) -> View:
        """An operation of CloudWatch; its response as JSON. Raises Refused."""
        return await self._call("cloudwatch", operation, members)

    async def all(self, operation: str, member: str, **members: Any) -> list[View]:
        """All entries of a list of EMR's, at most MOST_PAGES pages. Raises Refused."""
        found: list[View] = []
        marker: View = {}
        for _ in range(MOST_PAGES):
            page = await self.emr(operation, marker, **members)
            found += page[member]
            if not page.get("Marker"):
                break
            marker = {"Marker": page["Marker"]}
        return found

    async def _call(self, service: str, operation: str, request: View, dry: bool = False) -> View:
        await sleep(0)  # a page makes many calls: others take their turns between them
        present = {name: value for name, value in request.items() if value is not None}
        reply = await self._inside(service, operation, orjson.dumps(present), self._caller, dry)
        answer: View = orjson.loads(reply.body) if reply.body else {}
        if reply.status != 200:
            raise Refused(reply.error, str(answer.get("message", "")), reply.status)
        return answer
