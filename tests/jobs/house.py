"""A job runner with a real database, a client that listens, and work that the tests steer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from sidecar.errors import VoiceboxError
from sidecar.jobs.announce import Announcer
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.jobs.runner import JobRunner
from sidecar.store import jobs as queue
from sidecar.store.database import Database
from sidecar.store.values import Row


class Work(JobKind):
    """Work that ends when it is let go.

    Before that, each try reports the next of `fractions` and fails with the next of `faults`, where there are any.
    """

    name = "work"
    lane = "engine"

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.begun: list[str] = []
        self.stopped: list[str] = []
        self.faults: list[BaseException] = []
        self.fractions: list[float] = []
        self.marked: list[str] = []
        self.cannot_mark: Exception | None = None
        self.cannot_tell: Exception | None = None
        self.on_mark: Callable[[], object] = lambda: None
        self.at_work = asyncio.Event()
        self.go_on = asyncio.Event()
        self.commit: Callable[[Connection], dict[str, Any]] = lambda connection: {"made": True}
        self.take_back: Callable[[], None] = lambda: None

    async def run(self, job: Row, progress: Progress) -> Outcome:
        self.begun.append(job["subject"])
        if self.fractions:
            progress.report("working", 0, None, "parts", self.fractions.pop(0))
        if self.faults:
            raise self.faults.pop(0)
        progress.report("working", 1, 4, "parts")
        self.at_work.set()
        try:
            await self.go_on.wait()
        finally:
            self.at_work.clear()
            self.stopped.append(job["subject"])
        return Outcome(self.commit, self.take_back)

    def started(self, connection: Connection, job: Row) -> None:
        self.marked.append(f"{job['subject']} running")

    def ended_badly(self, connection: Connection, job: Row, status: str, error: VoiceboxError) -> None:
        if self.cannot_mark:
            raise self.cannot_mark
        self.marked.append(f"{job['subject']} {status}: {error.kind}")
        self._loop.call_soon_threadsafe(self.on_mark)

    def result(self, connection: Connection, job: Row) -> dict[str, Any]:
        if self.cannot_tell:
            raise self.cannot_tell
        return super().result(connection, job)


class OtherWork(Work):
    """The same in a lane of its own."""

    name = "other work"
    lane = "audio"


class Client:
    """Reads what is announced; one whose pipe is broken takes nothing."""

    def __init__(self) -> None:
        self.finished: list[dict[str, Any]] = []
        self.reads = True

    def notify(
        self,
        method: str,
        params: dict[str, Any],
        collapse: str | None = None,
        on_written: Callable[[], None] | None = None,
    ) -> None:
        if method == "job.finished":
            self.finished.append(params)
            if on_written and self.reads:
                on_written()


class House:
    """A runner with its client and its work, on the database of the test. Stopped and made anew, it is a restart."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.client = Client()
        self.work, self.other_work = Work(), OtherWork()
        self.announcer = Announcer(database, self.client.notify)
        self.runner = JobRunner(database, self.announcer, [self.work, self.other_work])

    async def __aenter__(self) -> House:
        await self.runner.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.runner.stop()
        await self.announcer.drain()

    async def enqueue(self, subject: str, kind: str = "work") -> str:
        job_id = await self.database.write(lambda connection: self.runner.enqueue(connection, kind, subject, {}))
        self.runner.wake()
        return job_id

    async def job(self, job_id: str) -> Row:
        return await self.database.read(lambda connection: queue.get_job(connection, job_id))
