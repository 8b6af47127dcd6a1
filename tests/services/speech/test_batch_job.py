from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Connection

from sidecar.errors import Cancelled, InvalidAudio
from sidecar.jobs.runner import JobRunner
from sidecar.services.speech.batch_job import BATCH, MOST_ERRORS, BatchJob
from sidecar.store import jobs as queue
from sidecar.store.database import Database
from tests.jobs.house import House


class BatchHouse(House):
    """A house in which work comes in batches, and whose client hears how far they are."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        kinds = [self.work, self.other_work, BatchJob(database, self.announcer)]
        self.runner = JobRunner(database, self.announcer, kinds)

    async def enqueue_batch(self, *subjects: str, kind: str = "work") -> tuple[str, list[str]]:
        """The batch's job and its parts'."""

        def change(connection: Connection) -> tuple[str, list[str]]:
            batch = self.runner.enqueue(connection, BATCH, None, {})
            return batch, [self.runner.enqueue(connection, kind, subject, {}, batch) for subject in subjects]

        queued = await self.database.write(change)
        self.runner.wake()
        return queued

    async def statuses(self, batch: str) -> list[str]:
        parts = await self.database.read(lambda connection: queue.children(connection, batch))
        return [part["status"] for part in parts]

    def ends_told(self) -> Counter[str]:
        return Counter(told["job_id"] for told in self.client.finished)


def outcome(completed: int, failed: int, cancelled: int, subjects: str) -> dict[str, Any]:
    counts = {"completed": completed, "failed": failed, "cancelled": cancelled}
    return counts | {"generation_ids": list(subjects), "errors": []}


async def test_a_batch_completes_when_all_of_its_parts_have(database: Database) -> None:
    async with BatchHouse(database) as house:
        batch, parts = await house.enqueue_batch(*"abc")
        await house.work.at_work.wait()
        assert (await house.job(batch))["status"] != "completed"
        house.work.go_on.set()
        assert await house.runner.outcome(batch) == outcome(3, 0, 0, "abc")
        assert await house.statuses(batch) == ["completed"] * 3
        assert [told["job_id"] for told in house.client.finished] == [*parts, batch]


async def test_a_batch_tells_how_many_of_its_parts_have_ended(database: Database) -> None:
    async with BatchHouse(database) as house:
        house.work.faults = [InvalidAudio("Silent."), InvalidAudio("Silent.")]
        batch, parts = await house.enqueue_batch(*"abcd")
        await house.runner.wait(parts[1])
        await house.work.at_work.wait()
        while (progress := house.runner.progress_of(batch)) is None or progress.fraction < 0.5:
            await asyncio.sleep(0)
        assert (progress.stage, progress.fraction) == ("speaking", 0.5)


async def test_a_batch_completes_though_a_part_has_failed_and_tells_why(database: Database) -> None:
    async with BatchHouse(database) as house:
        house.work.faults = [InvalidAudio("It is silent.", reason="silent")]
        house.work.go_on.set()
        batch, _ = await house.enqueue_batch(*"abc")
        error = {"kind": "invalid_audio", "message": "It is silent.", "data": {"reason": "silent"}}
        errors = [{"generation_id": "a", "error": error}]
        assert await house.runner.outcome(batch) == outcome(2, 1, 0, "abc") | {"errors": errors}


async def test_a_batch_fails_if_every_part_has_with_the_first_ones_error(database: Database) -> None:
    async with BatchHouse(database) as house:
        count = MOST_ERRORS + 1
        house.work.faults = [InvalidAudio(f"It is silent, {number}.", reason="silent") for number in range(count)]
        batch, _ = await house.enqueue_batch(*map(str, range(count)))
        with pytest.raises(InvalidAudio, match=f"None of the {count} .* It is silent, 0") as fault:
            await house.runner.outcome(batch)
        assert fault.value.data["reason"] == "silent"
        assert (fault.value.data["failed"], len(fault.value.data["errors"])) == (count, MOST_ERRORS)


async def test_a_part_that_is_cancelled_by_itself_is_counted_and_the_rest_goes_on(database: Database) -> None:
    async with BatchHouse(database) as house:
        batch, parts = await house.enqueue_batch(*"abc")
        await house.work.at_work.wait()
        await house.runner.cancel(parts[2])
        await house.runner.cancel(parts[0])
        house.work.go_on.set()
        assert await house.runner.outcome(batch) == outcome(1, 0, 2, "abc")


async def test_cancelling_a_batch_cancels_what_has_not_ended_and_keeps_what_has(database: Database) -> None:
    async with BatchHouse(database) as house:
        batch, parts = await house.enqueue_batch(*"abcd")
        await house.work.at_work.wait()
        house.work.go_on.set()
        await house.runner.wait(parts[0])
        house.work.go_on.clear()
        await house.work.at_work.wait()
        await house.runner.cancel(batch)
        assert (await house.job(batch))["status"] == "cancelled"
        assert await house.statuses(batch) == ["completed", "cancelled", "cancelled", "cancelled"]
        assert house.work.begun == house.work.stopped == ["a", "b"]
        assert house.ends_told() == dict.fromkeys([batch, *parts], 1)


async def test_a_batch_ends_with_its_own_parts_though_one_before_it_goes_on(database: Database) -> None:
    async with BatchHouse(database) as house:
        first, _ = await house.enqueue_batch("a")
        second, _ = await house.enqueue_batch("b", kind="other work")
        house.other_work.go_on.set()
        assert await house.runner.outcome(second) == outcome(1, 0, 0, "b")
        assert (await house.job(first))["status"] == "running"


async def test_a_batch_that_waits_behind_another_is_cancelled_with_its_parts(database: Database) -> None:
    async with BatchHouse(database) as house:
        first, _ = await house.enqueue_batch("a")
        await house.work.at_work.wait()
        second, parts = await house.enqueue_batch(*"bc")
        await house.runner.cancel(second)
        assert await house.statuses(second) == ["cancelled"] * 2
        with pytest.raises(Cancelled, match="a part of"):
            await house.runner.outcome(parts[0])
        house.work.go_on.set()
        assert await house.runner.outcome(first) == outcome(1, 0, 0, "a")
        assert house.work.begun == ["a"]


async def test_a_large_batch_is_cancelled_as_a_whole_and_every_end_is_told_once(database: Database) -> None:
    async with BatchHouse(database) as house:
        batch, parts = await house.enqueue_batch(*map(str, range(500)))
        await house.work.at_work.wait()
        await house.runner.cancel(batch)
        assert set(await house.statuses(batch)) == {"cancelled"}
        assert house.work.begun == ["0"]
        assert house.ends_told() == dict.fromkeys([batch, *parts], 1)


async def test_a_batch_goes_on_after_a_restart(database: Database) -> None:
    async with BatchHouse(database) as house:
        batch, parts = await house.enqueue_batch(*"abc")
        await house.work.at_work.wait()
        house.work.go_on.set()
        await house.runner.wait(parts[0])
        house.work.go_on.clear()
        await house.work.at_work.wait()
    assert (await house.job(batch))["status"] == "running"
    async with BatchHouse(database) as restarted:
        restarted.work.go_on.set()
        assert await restarted.runner.outcome(batch) == outcome(3, 0, 0, "abc")
        assert restarted.work.begun == ["b", "c"]
    assert restarted.ends_told() == dict.fromkeys([*parts[1:], batch], 1)


async def test_a_batch_whose_parts_have_all_ended_ends_at_the_next_start(database: Database) -> None:
    house = BatchHouse(database)
    batch, parts = await house.enqueue_batch(*"ab")

    def end_all(connection: Connection) -> None:
        for part in parts:
            queue.finish(connection, part, "completed")

    await database.write(end_all)
    async with BatchHouse(database) as restarted:
        assert await restarted.runner.outcome(batch) == outcome(2, 0, 0, "ab")
