"""A step's logs: on the master as long as the step runs there, afterwards on S3. Their end, a search, a download."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, closing
from dataclasses import dataclass, field

from starlette.concurrency import iterate_in_threadpool
from starlette.responses import Response, StreamingResponse

from localemr.console import logs, texts
from localemr.console.calls import View
from localemr.console.visits import HEADERS, Visit
from localemr.installation.objects import Objects

MASTER, S3 = "master", "S3"
LIVES = ("BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING")
UNDER_WAY = ("RUNNING", "CANCEL_PENDING")
MARGIN = 4096
"""Bytes read before what is shown: a secret that begins there is made unreadable as a whole."""
FOUND, LINE = 500, 1000
"""Lines that a search finds, and characters of a line that it shows."""
LONGEST_LINE = 1 << 20
NOT_YET = "There is no such log yet. A step's logs are sent to S3 every minute, and when it has ended."
ENDED = "The cluster had no LogUri: its logs ended with its instances."


@dataclass(frozen=True)
class Log:
    """What is shown of a log: a text, a remark, and whether it comes from the master as it is now."""

    text: str = ""
    remark: str = ""
    live: bool = False


@dataclass(frozen=True)
class Step:
    """A step with its cluster, as Describe operations show them."""

    cluster: View
    step: View

    @property
    def place(self) -> str:
        """The folder of the step's logs on S3; empty: there is none."""
        uri = self.step.get("LogUri") or self.cluster.get("LogUri")
        folder = f"{self.cluster['Id']}/steps/{self.step['Id']}/"
        return f"s3://{uri.split('://', 1)[1].rstrip('/')}/{folder}" if uri else ""

    def sources(self, objects: Objects | None) -> list[str]:
        """Where its logs may be, the likelier place first."""
        found = [MASTER] if self.cluster["Status"]["State"] in LIVES else []
        if self.place and objects is not None:
            found.insert(len(found) if self.step["Status"]["State"] in UNDER_WAY else 0, S3)
        return found


async def end(visit: Visit, of: Step, name: str) -> Log:
    """The log's end."""
    problem = ""
    for source in of.sources(visit.site.objects):
        try:
            if source == MASTER:
                return await _end_on_master(visit, of, name)
            assert visit.site.objects is not None
            return Log(*await asyncio.to_thread(logs.tail, visit.site.objects, f"{of.place}{name}.gz"))
        except FileNotFoundError:
            continue
        except OSError as error:
            problem = str(error)
    return Log(remark=problem or _missing(of))


def _missing(of: Step) -> str:
    if of.step["Status"]["State"] == "PENDING":
        return "The step has not begun."
    if of.place or of.cluster["Status"]["State"] in LIVES:
        return NOT_YET
    return ENDED


async def _end_on_master(visit: Visit, of: Step, name: str) -> Log:
    wanted, kept = logs.SHOWN + MARGIN, b""
    async with aclosing(_on_master(visit, of, name, -wanted)) as pieces:
        async for piece in pieces:
            kept = (kept + piece)[-wanted:]
    remark = "From the master, as it is now."
    if len(kept) > logs.SHOWN:
        remark = f"The last {texts.size(logs.SHOWN)}, from the master, as it is now."
    return Log(logs.decoded(kept[-logs.SHOWN :]), remark, True)


async def _on_master(visit: Visit, of: Step, name: str, start: int) -> AsyncGenerator[bytes, None]:
    async for piece in visit.site.step_log(of.cluster["Id"], of.step["Id"], name, start):
        yield piece


async def _on_s3(objects: Objects, uri: str) -> AsyncGenerator[bytes, None]:
    with closing(objects.read(*texts.s3_parts(uri))) as packed:
        async for piece in iterate_in_threadpool(logs.unpacked(packed)):
            yield piece


async def _whole(visit: Visit, of: Step, name: str) -> tuple[bytes, AsyncGenerator[bytes, None]]:
    """The first piece of the whole log, and the others. Raises FileNotFoundError, OSError."""
    for source in of.sources(visit.site.objects):
        if source == MASTER:
            pieces = _on_master(visit, of, name, 0)
        else:
            assert visit.site.objects is not None
            pieces = _on_s3(visit.site.objects, f"{of.place}{name}.gz")
        try:
            return await anext(pieces, b""), pieces
        except FileNotFoundError:
            continue
    raise FileNotFoundError(_missing(of))


@dataclass
class Search:
    """The lines of a text that contain a word, whether in capital or small letters."""

    word: str
    found: list[str] = field(default_factory=list)
    read: int = 0
    _line: int = 0
    _rest: bytes = b""

    @property
    def enough(self) -> bool:
        """Whether no more lines are shown, or the text is too long."""
        return len(self.found) >= FOUND or self.read > logs.MOST

    def feed(self, piece: bytes) -> None:
        """Read a further piece of the text."""
        self.read += len(piece)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._look(line)
        if len(self._rest) > LONGEST_LINE:
            self.end()

    def end(self) -> None:
        """The text ends here."""
        if self._rest:
            self._look(self._rest)
            self._rest = b""

    def _look(self, data: bytes) -> None:
        self._line += 1
        line = logs.decoded(data)
        if len(self.found) < FOUND and self.word.lower() in line.lower():
            self.found.append(f"{self._line}: {line[:LINE]}")


async def search(visit: Visit, of: Step, name: str, word: str) -> Log:
    """The log's lines with this word, with their numbers."""
    looking = Search(word)
    try:
        piece, pieces = await _whole(visit, of, name)
        looking.feed(piece)
        async with aclosing(pieces) as rest:
            async for piece in rest:
                if looking.enough:
                    break
                await asyncio.to_thread(looking.feed, piece)
    except OSError as error:
        return Log(remark=str(error))
    looking.end()
    remark = f"{len(looking.found)} lines with {word!r}."
    if looking.enough:
        remark = f"The first {len(looking.found)} lines with {word!r}; the log was read to {texts.size(looking.read)}."
    return Log("\n".join(looking.found), remark)


async def download(visit: Visit, of: Step, name: str) -> Response:
    """The whole log as a file. Raises FileNotFoundError, OSError."""
    first, pieces = await _whole(visit, of, name)

    async def content() -> AsyncIterator[bytes]:
        yield first
        async with aclosing(pieces) as rest:
            async for piece in rest:
                yield piece

    headers = HEADERS | {
        "content-disposition": f'attachment; filename="{of.step["Id"]}-{name}.txt"',
        "content-security-policy": "sandbox",
    }
    return StreamingResponse(content(), 200, headers, "application/octet-stream")
