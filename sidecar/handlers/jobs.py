"""`jobs.*`."""

from __future__ import annotations

from sidecar.schema.common import next_offset
from sidecar.schema.jobs import Job, JobIdParams, JobList, JobResult, JobsListParams, JobsWaitParams
from sidecar.services.jobs import JobService


class JobHandlers:
    """The queue."""

    def __init__(self, jobs: JobService) -> None:
        self._jobs = jobs

    async def list(self, params: JobsListParams) -> JobList:
        """List jobs, newest first."""
        found, total = await self._jobs.list_page(**params.model_dump())
        items = [Job(**view) for view in found]
        return JobList(items=items, total=total, next_offset=next_offset(params.offset, len(items), total))

    async def get(self, params: JobIdParams) -> JobResult:
        """Fetch one job as it is now."""
        return JobResult(job=Job(**await self._jobs.get(params.job_id)))

    async def cancel(self, params: JobIdParams) -> JobResult:
        """Cancel a job; it has really ended when this answers."""
        return JobResult(job=Job(**await self._jobs.cancel(params.job_id)))

    async def wait(self, params: JobsWaitParams) -> JobResult:
        """Answer when a job has ended, with what it made."""
        view, result = await self._jobs.wait(params.job_id, params.timeout_s)
        return JobResult(job=Job(**view), result=result)
