"""The job that watches over the generations of a batch and tells how far they are; it does no work of its own."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sidecar.errors import VoiceboxError, from_payload
from sidecar.jobs.announce import Announcer
from sidecar.jobs.kind import WAITING_WIDTH, JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.store import jobs as queue
from sidecar.store.database import Database
from sidecar.store.values import Row

BATCH = "batch"
MOST_ERRORS = 100
"""Of a result, which is kept and sent whole; what is left out is in the generations' own rows."""


class BatchJob(JobKind):
    """Ends when all of its parts have. It completes though some have failed, which its result tells."""

    name = BATCH
    lane = "batch"
    width = WAITING_WIDTH

    def __init__(self, database: Database, announcer: Announcer) -> None:
        self._database = database
        self._announcer = announcer

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Wait for one part after the other.

        Raises:
            VoiceboxError: every part has failed; the first one's error.

        """
        parts = await self._database.read(lambda connection: queue.children(connection, job["id"]))
        while waiting := await self._database.read(lambda connection: queue.open_children(connection, job["id"])):
            progress.report("speaking", len(parts) - len(waiting), len(parts), "generations")
            await self._announcer.wait(waiting[0])
        parts = await self._database.read(lambda connection: queue.children(connection, job["id"]))
        if all(part["status"] == "failed" for part in parts):
            raise _all_failed(parts)
        return Outcome(lambda connection: summary(parts))


def summary(parts: list[Row]) -> dict[str, Any]:
    """How the parts of a batch have ended: counts, the generations in their order, and why some failed."""
    counts = Counter(part["status"] for part in parts)
    failed = [part for part in parts if part["status"] == "failed"]
    return {
        **{status: counts[status] for status in queue.ENDED},
        "generation_ids": [part["subject"] for part in parts],
        "errors": [{"generation_id": part["subject"], "error": part["error"]} for part in failed[:MOST_ERRORS]],
    }


def _all_failed(parts: list[Row]) -> VoiceboxError:
    first = from_payload(parts[0]["error"])
    message = f"None of the {len(parts)} generations could be made. The first one: {first.message}"
    return type(first)(message, **first.data | summary(parts))
