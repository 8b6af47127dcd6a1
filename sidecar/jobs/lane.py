"""A lane of the queue: how many of its jobs run at once, and which of those that wait begins next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from sidecar.jobs.kind import JobKind
from sidecar.store import jobs as queue
from sidecar.store.values import Row

LOOKED_AT = 20
"""How many of those that wait longest are asked whether they are short enough for the express place."""


@dataclass(frozen=True)
class Taken:
    """A job that is to begin now."""

    job: Row
    short: bool


class Lane:
    """The jobs of a lane that run now. `width()` is how many may, looked at whenever the lane is woken.

    Those that wait take turns: the parts of each batch or script, and the jobs that are no part of anything, each
    among themselves oldest first. So nothing waits for the end of a batch.

    In a lane with an express place, one short job more runs while long ones hold every other place, so that a sentence
    does not wait for a book; in the engine's process its calls take turns with theirs.
    """

    def __init__(self, name: str, width: Callable[[], int], express: bool, kinds: Mapping[str, JobKind]) -> None:
        self.name = name
        self.wake = asyncio.Event()
        self._width = width
        self._express = express
        self._kinds = kinds
        self._at_work: dict[asyncio.Task[None], Taken] = {}
        self._last_turn: str | None = None

    @property
    def is_full(self) -> bool:
        """Whether no job may begin, not even a short one."""
        return self._places_left() <= 0 and not self._has_express_place()

    def take(self, connection: Connection) -> Taken | None:
        """Mark the next job that may begin as running; None if none waits that may."""
        job = self._next(connection)
        if job is None:
            return None
        kind = self._kinds[job["kind"]]
        begun = queue.begin(connection, job)
        kind.started(connection, begun)
        return Taken(begun, kind.is_short(connection, begun))

    def begin(self, taken: Taken, work: Coroutine[Any, Any, None]) -> None:
        """Let a job that was taken work until it has ended; then the lane is woken."""
        self._last_turn = queue.turn_of(taken.job)
        task = asyncio.create_task(work, name=f"{self.name} lane, job {taken.job['id']}")
        self._at_work[task] = taken
        task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Cancel what runs and return when nothing does any more."""
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)

    def _next(self, connection: Connection) -> Row | None:
        if self._places_left() > 0:
            return queue.next_in_turn(connection, self.name, self._last_turn)
        waiting = queue.waiting_alone(connection, self.name, LOOKED_AT)
        return next((job for job in waiting if self._kinds[job["kind"]].is_short(connection, job)), None)

    def _places_left(self) -> int:
        return self._width() - len(self._at_work)

    def _has_express_place(self) -> bool:
        return self._express and self._places_left() == 0 and not any(job.short for job in self._at_work.values())

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._at_work[task]
        self.wake.set()
