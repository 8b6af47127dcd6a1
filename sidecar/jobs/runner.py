"""Runs the queue: each lane as many jobs at once as it is wide, every one to an end that the client hears of once."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection

from sidecar.engines.process import is_engine_fault
from sidecar.errors import (
    Busy,
    Cancelled,
    Internal,
    Unsupported,
    VoiceboxError,
    from_os_error,
    from_payload,
)
from sidecar.jobs.announce import Announcer
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.lane import Lane
from sidecar.jobs.progress import Progress
from sidecar.store import jobs as queue
from sidecar.store.database import Database
from sidecar.store.values import Row
from sidecar.uninterrupted import cancel_once, to_the_end

log = logging.getLogger(__name__)

TRIES_AFTER_CRASH = 3
# For how long a job lasts whose progress says nothing yet.
USUAL_JOB_S = 5.0
T = TypeVar("T")
Width = Callable[[], int]
NO_WIDTHS: Mapping[str, Width] = {}


def _no_limit() -> None:
    """For a queue of any length."""


class JobRunner:
    """The one place where jobs start and end.

    A job lives in the database; what is here is only the work under way. `stop` leaves a running job to the next
    start, which takes it up where it was. `widths` tells of some lanes how many of their jobs run at once now, which
    may change; these have an express place too (see `Lane`). Other lanes are as wide as their kinds say.
    """

    def __init__(
        self,
        database: Database,
        announcer: Announcer,
        kinds: Iterable[JobKind],
        queue_limit: Callable[[], int | None] = _no_limit,
        widths: Mapping[str, Width] = NO_WIDTHS,
    ) -> None:
        self._queue_limit = queue_limit
        self._database = database
        self._announcer = announcer
        self._kinds = {kind.name: kind for kind in kinds}
        self._lanes = [
            Lane(name, widths.get(name) or self._usual_width(name), name in widths, self._kinds)
            for name in {kind.lane for kind in self._kinds.values()} | widths.keys()
        ]
        self._at_work: list[asyncio.Task[None]] = []
        self._running: dict[str, tuple[asyncio.Task[Outcome], Progress]] = {}
        self._cancelled: set[str] = set()
        self.stopping = False

    async def start(self) -> None:
        """Put interrupted jobs back, tell of ends that nobody heard of, and begin."""
        interrupted = await self._database.write(queue.requeue_interrupted)
        if interrupted:
            log.info("%d interrupted jobs go on", interrupted)
        unknown = Unsupported("Another version of this program queued this job; ask for it again.")
        fail = partial(queue.fail_other_kinds, kinds=list(self._kinds), error=unknown.payload())
        if failed := await self._database.write(fail):
            log.warning("%d jobs of another version of this program have failed", failed)
        await self._announce(await self._database.read(queue.unannounced))
        self._at_work = [asyncio.create_task(self._run_lane(lane), name=f"lane {lane.name}") for lane in self._lanes]

    async def stop(self) -> None:
        """Stop the work under way; its jobs stay in the queue. Returns when nothing runs any more."""
        self.stopping = True
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)
        await asyncio.gather(*(lane.stop() for lane in self._lanes))

    def lane_of(self, kind: str) -> str:
        """The lane that jobs of this kind wait in."""
        return self._kinds[kind].lane

    def enqueue(
        self,
        connection: Connection,
        kind: str,
        subject: str | None,
        payload: dict[str, Any],
        parent_id: str | None = None,
        lane: str | None = None,
    ) -> str:
        """Queue a job in the caller's transaction and give its id. Call `wake` once that is committed.

        It waits in its kind's lane if no other is named.

        Raises:
            Busy: so many jobs wait already that `queue_limit()` is reached.

        """
        limit = self._queue_limit()
        if limit is not None and queue.are_waiting(connection, limit):
            raise self._full(limit)
        return queue.enqueue(connection, kind, lane or self.lane_of(kind), subject, payload, parent_id)

    def _full(self, limit: int) -> Busy:
        """A place is free when the next job begins, and so when a running one ends."""
        ends_s = [eta for _, progress in list(self._running.values()) if (eta := progress.eta_s()) is not None]
        retry_after_s = max(1.0, min(ends_s, default=USUAL_JOB_S))
        return Busy(
            f"The limit of {limit} waiting jobs is reached; try again in {retry_after_s:g} s, or raise the setting "
            "queue_limit.",
            retry_after_s=retry_after_s,
            limit=limit,
        )

    async def submit(self, change: Callable[[Connection], T]) -> T:
        """Run a change that queues jobs, in one transaction, and let them begin once it is on the disk."""
        changed = await self._database.write(change)
        self.wake()
        return changed

    def wake(self) -> None:
        """Look for new work."""
        for lane in self._lanes:
            lane.wake.set()

    def progress_of(self, job_id: str) -> Progress | None:
        """How far a running job is."""
        running = self._running.get(job_id)
        return running[1] if running else None

    async def cancel(self, job_id: str) -> None:
        """Cancel a job and its parts and return when they have really ended. What has ended already stays as it is."""
        parts = await self._open_parts(job_id)
        at_work = [part for part in parts if part in self._running]
        await asyncio.gather(*map(self._cancel, (job_id, *at_work)))
        # A part may have begun in this moment.
        await asyncio.gather(*map(self._cancel, await self._open_parts(job_id) if parts else ()))

    async def wait(self, job_id: str) -> None:
        """Return when the job has ended. Raises `NotFound`."""
        await self._announcer.wait(job_id)

    async def outcome(self, job_id: str) -> dict[str, Any]:
        """Wait for a job, then give its result or raise its error."""
        await self.wait(job_id)
        job, result = await self._database.read(lambda connection: self._describe(connection, job_id))
        if job["error"] is not None:
            raise from_payload(job["error"])
        return result or {}

    def _usual_width(self, lane: str) -> Width:
        width = max((kind.width for kind in self._kinds.values() if kind.lane == lane), default=1)
        return lambda: width

    async def _run_lane(self, lane: Lane) -> None:
        """Let jobs of a lane begin, one after the other, whenever there is room for one."""
        take = partial(self._database.write, lane.take)
        while True:
            lane.wake.clear()
            taken = None if lane.is_full else await self._database.insist(f"taking the next {lane.name} job", take)
            if taken is None:
                await lane.wake.wait()
            else:
                lane.begin(taken, self._run(taken.job))

    async def _run(self, job: Row) -> None:
        kind = self._kinds[job["kind"]]
        progress = Progress(self._announcer.notify, job["id"], job["kind"])
        self._announcer.expect(job["id"])
        parts: list[str] = []
        outcome: Outcome | None = None
        try:
            outcome = await self._work(kind, job, progress)
            await self._end(job, "completed", outcome.commit)
        except asyncio.CancelledError:
            if self.stopping:
                raise
            fault = Cancelled("The job was cancelled.", job_id=job["id"])
            parts = await self._end_badly(kind, job, "cancelled", fault)
        except Exception as fault:
            await self._end_badly(kind, job, "failed", _told(fault, kind, job))
            if outcome is not None:
                _tidy_up(outcome.take_back, job)
        finally:
            progress.stop()
            self._running.pop(job["id"], None)
            self._cancelled.discard(job["id"])
        await self._announce([*parts, job["id"]])

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

    async def _end_badly(self, kind: JobKind, job: Row, status: str, fault: VoiceboxError) -> list[str]:
        """Write down a bad end, however long it takes until that can be written; gives the parts that end with it."""
        parts: list[str] = []

        def commit(connection: Connection) -> dict[str, Any]:
            kind.ended_badly(connection, job, status, fault)
            parts[:] = self._cancel_parts(connection, job["id"]) if status == "cancelled" else ()
            return {}

        end = partial(self._database.insist, f"ending job {job['id']}")
        try:
            await end(partial(self._end, job, status, commit, error=fault.payload()))
        except Exception as bug:
            # What the kind would have marked stays unmarked, but the job ends and the lane goes on.
            await end(partial(self._end, job, "failed", lambda connection: {}, error=_bug(bug, job).payload()))
        return parts

    async def _open_parts(self, job_id: str) -> list[str]:
        return await self._database.read(lambda connection: queue.open_children(connection, job_id))

    async def _cancel(self, job_id: str) -> None:
        if ended := await self._database.write(lambda connection: self._cancel_queued(connection, job_id)):
            # Whoever waits for these hears of their end though this request for it is cancelled meanwhile.
            await to_the_end(self._announce(ended))
            return
        self._cancelled.add(job_id)
        if running := self._running.get(job_id):
            cancel_once(running[0])
        try:
            await self.wait(job_id)
        finally:
            self._cancelled.discard(job_id)

    def _cancel_queued(self, connection: Connection, job_id: str) -> list[str]:
        """Cancel a job that has not begun, with its parts; gives what was cancelled."""
        job = queue.get_job(connection, job_id)
        if job["status"] != "queued" or job_id in self._running:
            return []
        fault = Cancelled("The job was cancelled before it began.", job_id=job_id)
        self._kinds[job["kind"]].ended_badly(connection, job, "cancelled", fault)
        queue.finish(connection, job_id, "cancelled", error=fault.payload())
        return [*self._cancel_parts(connection, job_id), job_id]

    def _cancel_parts(self, connection: Connection, parent_id: str) -> list[str]:
        """Cancel those parts of a job that have not begun; gives them."""
        fault = Cancelled("The job that this one is a part of was cancelled.", job_id=parent_id)
        parts = queue.children(connection, parent_id, "queued")
        for part in parts:
            self._kinds[part["kind"]].ended_badly(connection, part, "cancelled", fault)
        queue.finish_waiting_children(connection, parent_id, "cancelled", error=fault.payload())
        return [part["id"] for part in parts]

    async def _announce(self, job_ids: Sequence[str]) -> None:
        def describe(connection: Connection) -> list[tuple[Row, dict[str, Any] | None]]:
            return [self._describe(connection, job_id) for job_id in job_ids]

        for job, result in await self._database.insist("announcing jobs", partial(self._database.read, describe)):
            self._announcer.finished(job, result)

    def _describe(self, connection: Connection, job_id: str) -> tuple[Row, dict[str, Any] | None]:
        job = queue.get_job(connection, job_id)
        kind = self._kinds.get(job["kind"])
        return job, _result(kind, connection, job) if job["status"] == "completed" and kind else None


async def _ended(task: asyncio.Task[Outcome]) -> None:
    """Wait until a cancelled task has really stopped."""
    cancel_once(task)
    await asyncio.gather(task, return_exceptions=True)


def _tidy_up(remove: Callable[[], None], job: Row) -> None:
    """The job has ended as it has, whatever happens to the files that nobody needs now."""
    try:
        remove()
    except Exception:
        log.exception("what job %s leaves behind stays until the sweep of the next start", job["id"])


def _result(kind: JobKind, connection: Connection, job: Row) -> dict[str, Any]:
    """What a job made; only what it kept itself, where more cannot be told: its end is told all the same."""
    try:
        return kind.result(connection, job)
    except Exception:
        log.exception("what job %s made cannot be told", job["id"])
        return dict(job["result"] or {})


def _told(fault: Exception, kind: JobKind, job: Row) -> VoiceboxError:
    if isinstance(fault, VoiceboxError):
        return fault
    if isinstance(fault, OSError):
        return from_os_error(fault, f"The {kind.name} job: a file operation")
    return _bug(fault, job)


def _bug(fault: Exception, job: Row) -> Internal:
    error_id = str(uuid.uuid4())
    log.error("internal error %s in job %s", error_id, job["id"], exc_info=fault)
    return Internal(f"An internal error; the log has it under {error_id}. Please report it.", error_id=error_id)
