"""Pieces of work that take turns leave the event loop to others in between."""

from __future__ import annotations

import asyncio

from localemr.reconcile.turns import Turns


def test_others_come_between_two_pieces() -> None:
    async def case() -> list[str]:
        done, turns = list[str](), Turns()

        async def piece(name: str) -> None:
            await turns.next()
            done.append(name)

        async def other() -> None:
            while len(done) < 6:
                done.append("other")
                await asyncio.sleep(0)

        await asyncio.gather(*map(piece, "abc"), other())
        return done

    done = asyncio.run(case())
    assert [each for each in done if each != "other"] == ["a", "b", "c"], "in their order"
    assert done.index("b") - done.index("a") > 1 and done.index("c") - done.index("b") > 1
