"""Jobs as a client sees them."""

from __future__ import annotations

import asyncio
from typing import Any

from sidecar.errors import Busy, VoiceboxError
from sidecar.jobs.runner import JobRunner
from sidecar.services.views import View, job_view
from sidecar.store import jobs as queue
from sidecar.store.database import Database
from sidecar.store.values import Row

STILL_RUNNING_RETRY_S = 1.0


class JobService:
    """Looking at jobs, waiting for them, ending them."""

    def __init__(self, database: Database, runner: JobRunner) -> None:
        self._database = database
        self._runner = runner

    async def get(self, job_id: str) -> View:
        """One job as it is now. Raises `NotFound`."""
        return self._now(await self._database.read(lambda connection: queue.get_job(connection, job_id)))

    async def list_page(
        self, status: str | None, kind: str | None, parent_id: str | None, limit: int, offset: int
    ) -> tuple[list[View], int]:
        """One page of jobs, newest first, and how many match."""
        found, total = await self._database.browse(
            lambda connection: queue.list_jobs(connection, status, kind, parent_id, limit, offset)
        )
        return [self._now(row) for row in found], total

    async def cancel(self, job_id: str) -> View:
        """Cancel a job; it has really ended when this returns. One that has ended already stays as it is."""
        await self._runner.cancel(job_id)
        return await self.get(job_id)

    async def wait(self, job_id: str, timeout_s: float | None) -> tuple[View, dict[str, Any] | None]:
        """Wait until a job has ended; gives it and what it made, None unless it completed.

        Raises:
            Busy: it had not ended when the time was up.

        """
        try:
            async with asyncio.timeout(timeout_s):
                result = await self._runner.outcome(job_id)
        except TimeoutError:
            raise Busy(
                f"The job had not ended after {timeout_s:g} s; ask again.", retry_after_s=STILL_RUNNING_RETRY_S
            ) from None
        except VoiceboxError:
            view = await self.get(job_id)
            if view["status"] not in queue.ENDED:
                raise
            return view, None
        return await self.get(job_id), result

    async def outcome(self, job_id: str) -> dict[str, Any]:
        """Wait for a job that the caller started: its result, or its error.

        The caller being cancelled means that the work is no longer wanted, so the job is cancelled with it; the
        program's own end only leaves the job to the next start.
        """
        try:
            return await self._runner.outcome(job_id)
        except asyncio.CancelledError:
            if not self._runner.stopping:
                await self._runner.cancel(job_id)
            raise

    def _now(self, row: Row) -> View:
        view = job_view(row)
        if progress := self._runner.progress_of(row["id"]):
            view |= {"stage": progress.stage, "fraction": progress.fraction}
        return view
