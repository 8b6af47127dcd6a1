"""The end of a job: told to the client once, also when it came just before a kill, and to whoever waits for it here."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from sidecar.jobs.progress import Notify
from sidecar.store import jobs as queue
from sidecar.store.database import Database
from sidecar.store.values import Row


class Announcer:
    """Sends `job.finished` and then, when the pipe has taken it, notes in the database that it was sent.

    Whoever called `wait` goes on then, also if the end is on the disk for a while before it is told.

    A kill between those two steps makes the next process tell it again: never lost, and told twice only to a client
    whose pipe broke in that moment.
    """

    def __init__(self, database: Database, notify: Notify) -> None:
        self.notify = notify
        self._database = database
        self._loop = asyncio.get_running_loop()
        self._expected: set[str] = set()
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}
        self._written: list[str] = []
        self._marking: asyncio.Task[None] | None = None

    def expect(self, job_id: str) -> None:
        """A job has begun whose end `finished` will be told of."""
        self._expected.add(job_id)

    def finished(self, job: Row, result: dict[str, Any] | None) -> None:
        """Announce the end of a job, which is on the disk already."""
        params: dict[str, Any] = {"job_id": job["id"], "kind": job["kind"], "status": job["status"]}
        params |= {"error": job["error"]} if job["error"] is not None else {"result": result}
        job_id = job["id"]

        def on_written() -> None:
            self._loop.call_soon_threadsafe(self._mark, job_id)

        self._expected.discard(job_id)
        self.notify("job.finished", params, on_written=on_written)
        for ended in self._waiting.pop(job_id, []):
            if not ended.done():
                ended.set_result(None)

    async def wait(self, job_id: str) -> None:
        """Return when the job has ended and that was told. Raises `NotFound`."""
        ended = self._loop.create_future()
        self._waiting.setdefault(job_id, []).append(ended)
        try:
            job = await self._database.read(lambda connection: queue.get_job(connection, job_id))
            if job["status"] not in queue.ENDED or job_id in self._expected:
                await ended
        finally:
            waiting = self._waiting.get(job_id, [])
            if ended in waiting:
                waiting.remove(ended)
            if not waiting:
                self._waiting.pop(job_id, None)

    async def drain(self) -> None:
        """Wait until what the pipe has taken is noted."""
        # What the writer's thread has told of just now, while the loop waited for it, is heard of first.
        await asyncio.sleep(0)
        if self._marking:
            await self._marking

    def _mark(self, job_id: str) -> None:
        self._written.append(job_id)
        if self._marking is None or self._marking.done():
            self._marking = self._loop.create_task(self._mark_all())

    async def _mark_all(self) -> None:
        while self._written:
            batch, self._written = self._written, []
            mark = partial(self._database.write, partial(queue.mark_announced, job_ids=batch))
            await self._database.insist("noting that ends were told", mark)
