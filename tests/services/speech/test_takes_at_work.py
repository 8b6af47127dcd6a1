from __future__ import annotations

import asyncio

from sidecar.services.speech.takes_at_work import TakesAtWork


async def test_a_job_begins_with_its_take_when_whoever_speaks_ahead_lets_go_of_it() -> None:
    takes, spoken = TakesAtWork(), []

    async def own_job() -> None:
        async with takes.own("b"):
            spoken.append("its own job")

    with takes.ahead(["b"], 1):
        job = asyncio.create_task(own_job())
        await asyncio.sleep(0)
        spoken.append("ahead")
    await job
    assert spoken == ["ahead", "its own job"]


async def test_what_is_held_is_not_spoken_ahead_and_no_more_is_held_than_is_wanted() -> None:
    takes = TakesAtWork()
    async with takes.own("a"):
        with takes.ahead(["a", "b", "c", "d"], 2) as first, takes.ahead(["a", "b", "c", "d"], 2) as second:
            assert (first, second) == (["b", "c"], ["d"])
    with takes.ahead(["a", "b"], 2) as free:
        assert free == ["a", "b"]
