from __future__ import annotations

import asyncio

from sqlalchemy import Connection

from sidecar.jobs.announce import Announcer
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.jobs.runner import JobRunner
from sidecar.store import jobs as queue
from sidecar.store.database import Database
from sidecar.store.values import Row
from tests.jobs.house import Client


class Speech(JobKind):
    """Work that each ends when the test lets it; that is short whose subject says so."""

    name = "speech"
    lane = "engine"

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.now: dict[str, asyncio.Event] = {}

    async def run(self, job: Row, progress: Progress) -> Outcome:
        self.begun.append(job["subject"])
        self.now[job["subject"]] = asyncio.Event()
        try:
            await self.now[job["subject"]].wait()
        finally:
            del self.now[job["subject"]]
        return Outcome(lambda connection: {})

    def is_short(self, connection: Connection, job: Row) -> bool:
        return str(job["subject"]).startswith("short")


class Desk:
    """A runner whose engine lane is as wide as the test says now."""

    def __init__(self, database: Database) -> None:
        self.width = 1
        self.ids: dict[str, str] = {}
        self.speech = Speech()
        self._database = database
        announcer = Announcer(database, Client().notify)
        self.runner = JobRunner(database, announcer, [self.speech], widths={"engine": lambda: self.width})

    async def __aenter__(self) -> Desk:
        await self.runner.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.runner.stop()

    async def ask(self, *subjects: str, part_of: str | None = None) -> list[str]:
        """Queue jobs in one transaction; gives their ids."""
        ids = await self.runner.submit(
            lambda connection: [self.runner.enqueue(connection, "speech", name, {}, part_of) for name in subjects]
        )
        self.ids |= zip(subjects, ids, strict=True)
        return ids

    async def settle(self) -> list[str]:
        """What runs once everything has begun that can."""
        idle = 0
        while idle < 5:
            begun = len(self.speech.begun)
            self.runner.wake()
            # A lane that looks for work has its answer when the one writer has served those behind it too.
            await asyncio.sleep(0)
            await self._database.write(lambda connection: None)
            idle = 0 if len(self.speech.begun) > begun else idle + 1
        return sorted(self.speech.now)

    async def end(self, subject: str) -> list[str]:
        """Let a job end; gives what runs then."""
        self.speech.now[subject].set()
        await self.runner.wait(self.ids[subject])
        return await self.settle()

    async def end_all(self) -> list[str]:
        """Let one after the other end; gives the order in which all began."""
        while running := await self.settle():
            await self.end(running[0])
        return self.speech.begun

    async def status(self, job_id: str) -> str:
        return str((await self._database.read(lambda connection: queue.get_job(connection, job_id)))["status"])


async def test_a_sentence_waits_for_one_line_of_a_batch_and_not_for_its_end(database: Database) -> None:
    async with Desk(database) as desk:
        await desk.ask("a1", "a2", "a3", part_of="a")
        assert await desk.settle() == ["a1"]
        await desk.ask("sentence", "another sentence")
        assert await desk.end_all() == ["a1", "sentence", "a2", "another sentence", "a3"]


async def test_batches_take_turns_however_many_there_are(database: Database) -> None:
    async with Desk(database) as desk:
        for batch in ("c", "a", "b"):
            await desk.ask(*(f"{batch}{line}" for line in range(3)), part_of=batch)
        begun = await desk.end_all()
        turns = [{name[0] for name in begun[first : first + 3]} for first in (0, 3, 6)]
        assert turns == [{"a", "b", "c"}] * 3
        assert all(sorted(own) == own for own in ([name for name in begun if name[0] == batch] for batch in "abc"))


async def test_while_a_long_job_runs_one_short_job_runs_beside_it(database: Database) -> None:
    async with Desk(database) as desk:
        await desk.ask("long")
        assert await desk.settle() == ["long"]
        await desk.ask("another long", "short 1", "short 2")
        assert await desk.settle() == ["long", "short 1"]
        assert await desk.end("short 1") == ["long", "short 2"]
        assert await desk.end("short 2") == ["long"]
        assert await desk.end("long") == ["another long"]


async def test_while_a_short_job_runs_the_next_one_waits_for_it(database: Database) -> None:
    async with Desk(database) as desk:
        await desk.ask("short 1", "short 2")
        assert await desk.settle() == ["short 1"]
        assert await desk.end("short 1") == ["short 2"]


async def test_a_short_line_of_a_batch_has_no_express_place(database: Database) -> None:
    async with Desk(database) as desk:
        await desk.ask("long")
        assert await desk.settle() == ["long"]
        await desk.ask("short line", part_of="a")
        assert await desk.settle() == ["long"]


async def test_a_lane_becomes_as_wide_as_is_wanted_while_it_runs(database: Database) -> None:
    async with Desk(database) as desk:
        await desk.ask("a", "b", "c", "d")
        assert await desk.settle() == ["a"]
        desk.width = 3
        assert await desk.settle() == ["a", "b", "c"]
        desk.width = 1
        assert await desk.end("a") == ["b", "c"]
        assert await desk.end("b") == ["c"]
        assert await desk.end("c") == ["d"]


async def test_of_two_at_once_one_is_cancelled_and_the_other_goes_on(database: Database) -> None:
    async with Desk(database) as desk:
        (long,) = await desk.ask("long")
        assert await desk.settle() == ["long"]
        (short,) = await desk.ask("short")
        assert await desk.settle() == ["long", "short"]
        await desk.runner.cancel(long)
        assert await desk.settle() == ["short"]
        await desk.end("short")
        await desk.runner.wait(short)
        assert [await desk.status(job_id) for job_id in (long, short)] == ["cancelled", "completed"]


async def test_two_that_ran_at_once_go_on_after_a_restart(database: Database) -> None:
    async with Desk(database) as desk:
        jobs = await desk.ask("long")
        await desk.settle()
        jobs += await desk.ask("short")
        assert await desk.settle() == ["long", "short"]
    assert not desk.speech.now
    async with Desk(database) as again:
        again.ids = desk.ids
        assert await again.settle() == ["long", "short"]
        assert await again.end_all() == ["long", "short"]
        await asyncio.gather(*map(again.runner.wait, jobs))
