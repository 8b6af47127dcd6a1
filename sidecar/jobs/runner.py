"""Runs the queue: one job a lane at a time, oldest first, every one to an end that the client hears of once."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection

from sidecar.engines.process import is_engine_fault
from sidecar.errors import Cancelled, Internal, StorageError, VoiceboxError, from_os_error, from_payload
from sidecar.jobs.announce import Announcer
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.store import jobs as queue
from sidecar.store.database import Database
from sidecar.store.values import Row

log = logging.getLogger(__name__)

TRIES_AFTER_CRASH = 3
STORAGE_RETRY_S = 1.0
T = TypeVar("T")
LaneTasks = dict[str, asyncio.Task[None]]


class JobRunner:
    """The one place where jobs start and end.

    A job lives in the database; what is here is only the work under way. `stop` leaves a running job to the next
    start, which takes it up where it was.
    """

    def __init__(self, database: Database, announcer: Announcer, kinds: Iterable[JobKind]) -> None:
        self._database = database
        self._announcer = announcer
        self._kinds = {kind.name: kind for kind in kinds}
        self._wake = {kind.lane: asyncio.Event() for kind in self._kinds.values()}
        self._lanes: LaneTasks = {}
        self._running: dict[str, tuple[asyncio.Task[Outcome], Progress]] = {}
        self._waiters: dict[str, list[asyncio.Future[None]]] = {}
        self._cancelled: set[str] = set()
        self.stopping = False

    async def start(self) -> None:
        """Put interrupted jobs back, tell of ends that nobody heard of, and begin."""
        interrupted = await self._database.write(queue.requeue_interrupted)
        if interrupted:
            log.info("%d interrupted jobs go on", interrupted)
        for job in await self._database.read(queue.unannounced):
            await self._announce(job["id"])
        for lane in self._wake:
            self._lanes[lane] = asyncio.create_task(self._run_lane(lane), name=f"lane {lane}")

    async def stop(self) -> None:
        """Stop the work under way; its jobs stay in the queue. Returns when nothing runs any more."""
        self.stopping = True
        for task in self._lanes.values():
            task.cancel()
        await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    def lane_of(self, kind: str) -> str:
        """The lane that jobs of this kind wait in."""
        return self._kinds[kind].lane

    def enqueue(self, connection: Connection, kind: str, subject: str, payload: dict[str, Any]) -> str:
        """Queue a job in the caller's transaction and give its id. Call `wake` once that is committed."""
        return queue.enqueue(connection, kind, self.lane_of(kind), subject, payload)

    def wake(self) -> None:
        """Look for new work."""
        for event in self._wake.values():
            event.set()

    def progress_of(self, job_id: str) -> Progress | None:
        """How far a running job is."""
        running = self._running.get(job_id)
        return running[1] if running else None

    async def cancel(self, job_id: str) -> None:
        """Cancel a job and return when it has really ended. One that has ended already stays as it is."""
        if not await self._database.write(lambda connection: self._cancel_queued(connection, job_id)):
            self._cancelled.add(job_id)
            if running := self._running.get(job_id):
                running[0].cancel()
            await self.wait(job_id)
            self._cancelled.discard(job_id)
            return
        await self._announce(job_id)
        self._release(job_id)

    async def wait(self, job_id: str) -> None:
        """Return when the job has ended."""
        ended = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(job_id, []).append(ended)
        try:
            job = await self._database.read(lambda connection: queue.get_job(connection, job_id))
            if job["status"] not in queue.ENDED:
                await ended
        finally:
            waiters = self._waiters.get(job_id, [])
            if ended in waiters:
                waiters.remove(ended)
            if not waiters:
                self._waiters.pop(job_id, None)

    async def outcome(self, job_id: str) -> dict[str, Any]:
        """Wait for a job, then give its result or raise its error."""
        await self.wait(job_id)
        job, result = await self._database.read(lambda connection: self._describe(connection, job_id))
        if job["error"] is not None:
            raise from_payload(job["error"])
        return result or {}

    async def _run_lane(self, lane: str) -> None:
        while True:
            self._wake[lane].clear()
            take = partial(self._database.write, partial(self._take, lane=lane))
            job = await _persist(f"taking the next {lane} job", take)
            if job is None:
                await self._wake[lane].wait()
            else:
                await self._run(job)

    def _take(self, connection: Connection, lane: str) -> Row | None:
        job = queue.take_next(connection, lane)
        if job is not None:
            self._kinds[job["kind"]].started(connection, job)
        return job

    async def _run(self, job: Row) -> None:
        kind = self._kinds[job["kind"]]
        progress = Progress(self._announcer.notify, job["id"], job["kind"])
        try:
            outcome = await self._work(kind, job, progress)
            await self._end(job, "completed", outcome.commit)
        except asyncio.CancelledError:
            if self.stopping:
                raise
            await self._end_badly(kind, job, "cancelled", Cancelled("The job was cancelled.", job_id=job["id"]))
        except VoiceboxError as fault:
            await self._end_badly(kind, job, "failed", fault)
        except OSError as fault:
            await self._end_badly(kind, job, "failed", from_os_error(fault, f"The {kind.name} job: a file operation"))
        except Exception as fault:
            await self._end_badly(kind, job, "failed", _bug(fault, job))
        else:
            _tidy_up(outcome, job)
        finally:
            progress.stop()
            self._running.pop(job["id"], None)
            self._cancelled.discard(job["id"])
        await self._announce(job["id"])
        self._release(job["id"])

    async def _work(self, kind: JobKind, job: Row, progress: Progress) -> Outcome:
        """Run the job; a crash of the engine process costs a try, not the job, and not even that if it got further."""
        tries, reached = 0, 0.0
        while True:
            task = asyncio.create_task(kind.run(job, progress), name=f"job {job['id']}")
            self._running[job["id"]] = task, progress
            if job["id"] in self._cancelled:
                task.cancel()
            try:
                return await task
            except VoiceboxError as fault:
                tries = 1 if progress.fraction > reached else tries + 1
                reached = progress.fraction
                if tries == TRIES_AFTER_CRASH or not is_engine_fault(fault):
                    raise
                log.warning("job %s is tried again: %s", job["id"], fault.message)
            except asyncio.CancelledError:
                await _ended(task)
                raise

    async def _end(self, job: Row, status: str, commit: Callable[[Connection], dict[str, Any]], **values: Any) -> None:
        def write(connection: Connection) -> None:
            result = commit(connection)
            fraction = 1.0 if status == "completed" else job["fraction"]
            queue.finish(connection, job["id"], status, result=result, fraction=fraction, **values)

        await self._database.write(write)

    async def _end_badly(self, kind: JobKind, job: Row, status: str, fault: VoiceboxError) -> None:
        """Write down a bad end, however long it takes until that can be written."""

        def commit(connection: Connection) -> dict[str, Any]:
            kind.ended_badly(connection, job, status, fault)
            return {}

        await _persist(f"ending job {job['id']}", partial(self._end, job, status, commit, error=fault.payload()))

    def _cancel_queued(self, connection: Connection, job_id: str) -> bool:
        job = queue.get_job(connection, job_id)
        if job["status"] != "queued" or job_id in self._running:
            return False
        fault = Cancelled("The job was cancelled before it began.", job_id=job_id)
        self._kinds[job["kind"]].ended_badly(connection, job, "cancelled", fault)
        queue.finish(connection, job_id, "cancelled", error=fault.payload())
        return True

    async def _announce(self, job_id: str) -> None:
        describe = partial(self._database.read, partial(self._describe, job_id=job_id))
        self._announcer.finished(*await _persist(f"announcing job {job_id}", describe))

    def _describe(self, connection: Connection, job_id: str) -> tuple[Row, dict[str, Any] | None]:
        job = queue.get_job(connection, job_id)
        kind = self._kinds.get(job["kind"])
        completed = job["status"] == "completed" and kind is not None
        return job, kind.result(connection, job) if completed and kind else None

    def _release(self, job_id: str) -> None:
        for ended in self._waiters.pop(job_id, []):
            if not ended.done():
                ended.set_result(None)


async def _ended(task: asyncio.Task[Outcome]) -> None:
    """Wait until a cancelled task has really stopped."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _persist(what: str, attempt: Callable[[], Awaitable[T]]) -> T:
    """Try until the database can be used: the queue outlives a full disk, and no job is left hanging."""
    while True:
        try:
            return await attempt()
        except StorageError as fault:
            log.error("%s is tried again in %g s: %s", what, STORAGE_RETRY_S, fault.message)
            await asyncio.sleep(STORAGE_RETRY_S)


def _tidy_up(outcome: Outcome, job: Row) -> None:
    """The job has ended well, whatever happens to the files it no longer needs."""
    try:
        outcome.afterwards()
    except Exception:
        log.exception("what job %s leaves behind stays until the sweep of the next start", job["id"])


def _bug(fault: Exception, job: Row) -> Internal:
    error_id = str(uuid.uuid4())
    log.error("internal error %s in job %s", error_id, job["id"], exc_info=fault)
    return Internal(f"An internal error; the log has it under {error_id}. Please report it.", error_id=error_id)
