"""What a kind of job is: how it runs, what it leaves behind, how it is described."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sqlalchemy import Connection

from sidecar.errors import VoiceboxError
from sidecar.jobs.progress import Progress
from sidecar.store.values import Row

WAITING_WIDTH = 1_000
"""For kinds whose jobs only wait for others: one costs a task, and none should be told late because of another."""


def _nothing() -> None:
    """For work that leaves nothing to clean up."""


@dataclass(frozen=True)
class Outcome:
    """What a job that succeeded leaves behind.

    `commit` writes its rows in the transaction that ends the job and returns what to keep as the job's own small
    result; `take_back` runs if it could not be written, for files that no row has come to name. For those that no row
    names any more there is `once_written`.
    """

    commit: Callable[[Connection], dict[str, Any]]
    take_back: Callable[[], None] = field(default=_nothing)


class JobKind(ABC):
    """One kind of slow work. `name` is the job's `kind` on the wire, `lane` the queue that it waits in.

    Of a lane's jobs as many run at once as the widest of its kinds says, unless the program gives it another width.
    """

    name: ClassVar[str]
    lane: ClassVar[str]
    width: ClassVar[int] = 1

    @abstractmethod
    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Do the work. May be called again with the same job after a crash or a restart, and then goes on where it was.

        Raises:
            VoiceboxError: the job fails with this error, or, if a fresh engine process may do better, is tried again.
        """

    def is_short(self, connection: Connection, job: Row) -> bool:
        """Whether it is done so soon that it may run beside the long jobs that hold its lane."""
        return False

    def started(self, connection: Connection, job: Row) -> None:
        """Mark the job's subject as running, if it has a status; in the transaction that starts the job."""
        return

    def ended_badly(self, connection: Connection, job: Row, status: str, error: VoiceboxError) -> None:
        """Mark the job's subject as failed or cancelled, if it has a status; in the transaction that ends the job."""
        return

    def result(self, connection: Connection, job: Row) -> dict[str, Any]:
        """What the job made, as `job.finished` and `wait` tell it; for a row, computed when asked, so always true."""
        return dict(job["result"] or {})
