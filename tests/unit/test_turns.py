"""Pieces of work that take turns leave the event loop to others in between, once they have taken long."""

from __future__ import annotations

import asyncio

from localemr.reconcile.turns import LONG, Turns


def played(seconds: float) -> list[str]:
    """What is carried out: three pieces that take so long, and other work that is always due."""

    async def case() -> list[str]:
        done, now = list[str](), 100.0
        turns = Turns(lambda: now)

        async def piece(name: str) -> None:
            nonlocal now
            await turns.next()
            done.append(name)
            now += seconds

        async def other() -> None:
            while len([each for each in done if each != "other"]) < 3:
                done.append("other")
                await asyncio.sleep(0)

        await asyncio.gather(*map(piece, "abc"), other())
        return done

    return asyncio.run(case())


def test_others_come_between_long_pieces() -> None:
    done = played(LONG * 2)
    assert [each for each in done if each != "other"] == ["a", "b", "c"], "in their order"
    assert "other" in done[done.index("a") : done.index("b")]
    assert "other" in done[done.index("b") : done.index("c")]


def test_short_pieces_are_carried_out_at_once() -> None:
    assert played(LONG / 10)[:3] == ["a", "b", "c"]
