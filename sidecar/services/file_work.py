"""Long file work in a thread: told of in bytes, stopped when it is not wanted, never left to itself or half done."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
import threading
from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from sidecar.errors import Cancelled, StorageError, VoiceboxError
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.operating_system import remove
from sidecar.store.archive import Moved as Moved
from sidecar.store.values import Row
from sidecar.uninterrupted import in_thread_until

log = logging.getLogger(__name__)

T = TypeVar("T")
NAME_CHARS = 16
BUNDLES = "bundles"
"""The lane of all that writes or reads bundles: one at a time, beside what is spoken meanwhile."""


class FileWork:
    """One piece of work of `total` bytes, which fills the job's progress up to the share `until`."""

    def __init__(self, progress: Progress, stage: str, total: int, until: float = 1.0) -> None:
        self._progress = progress
        self._stage = stage
        self._total = total
        self._from = progress.fraction
        self._until = until
        self._done = 0
        self._unwanted = threading.Event()
        self._loop = asyncio.get_running_loop()

    async def run(self, work: Callable[[Moved], T]) -> T:
        """Run the work in a thread; it tells how many bytes it has just moved, and a cancel ends it there."""
        made = await self.finish(work)
        # Here a cancel takes effect that came after the last of them.
        await asyncio.sleep(0)
        return made

    async def finish(self, work: Callable[[Moved], T]) -> T:
        """As `run`, for the last work of a job: it gives what it made though a cancel came that could not end it."""
        self._report()
        return await in_thread_until(self._unwanted, work, self._moved)

    def _moved(self, count: int) -> None:
        if self._unwanted.is_set():
            raise Cancelled("The file work was stopped.")
        self._done += count
        self._loop.call_soon_threadsafe(self._report)

    def _report(self) -> None:
        share = min(1.0, self._done / self._total) if self._total else 0.0
        fraction = self._from + share * (self._until - self._from)
        self._progress.report(self._stage, self._done, self._total, "bytes", fraction)


def require_room(folder: Path, needed: int) -> None:
    """Raise `StorageError`, with the numbers, if the disk of a folder has not so many bytes left."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StorageError(
            f"{needed >> 20} MB are needed in {folder}, where {free >> 20} MB are free; make room, then try again.",
            reason="disk_full",
            needed_bytes=needed,
            free_bytes=free,
        )


class WritingJob(JobKind):
    """A kind whose jobs write for the user: to the payload's `path`, and beside it until that is whole."""

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Write. Once the files have their places a cancel comes too late, and the job completes."""
        outcome = await self.write(job, progress)
        with suppress(asyncio.CancelledError):
            # One that came while they took them would take effect at the end of the task.
            await asyncio.sleep(0)
        return outcome

    @abstractmethod
    async def write(self, job: Row, progress: Progress) -> Outcome:
        """Write beside the places; the last act is to give the files their names. Else as `JobKind.run`."""

    def ended_badly(self, connection: Connection, job: Row, status: str, error: VoiceboxError) -> None:
        """Remove what a kill has left of a job that is not taken up again."""
        remove_parts(Path(job["payload"]["path"]), job["id"])


def part_of(target: Path, job_id: str) -> Path:
    """The temporary neighbour that a job writes; the same after a restart, which so overwrites what a kill left."""
    # The target's name stands there shortened: together with the rest, one as long as a name may be would be too long.
    name = hashlib.sha256(target.name.encode()).hexdigest()[:NAME_CHARS]
    return target.with_name(f".{name}.{job_id}.part")


def remove_parts(target: Path, job_id: str) -> None:
    """Remove what a job has left beside its target and others in that folder, as far as the disk lets them go.

    The job ends as it does all the same.
    """
    try:
        for part in target.parent.glob(f".*.{job_id}.part"):
            remove(part)
    except OSError as fault:
        log.warning("what job %s has left in %s stays there: %s", job_id, target.parent, fault)
