"""`jobs.*`."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from sidecar.schema.common import ErrorBody, Id, JobStatus, Page, Params, Result


class Job(Result):
    """A piece of slow work; `subject` is the id of what it makes, `parent_id` that of the job that it is a part of."""

    id: str
    kind: str
    status: JobStatus
    stage: str | None
    fraction: float | None
    attempts: int
    error: ErrorBody | None
    subject: str | None
    parent_id: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None


class JobResult(Result):
    """One job; `result` is what it made, once it has completed and was asked for by `jobs.wait`."""

    job: Job
    result: dict[str, Any] | None = None


class JobList(Result):
    """One page of jobs, newest first."""

    items: list[Job]
    total: int
    next_offset: int | None


class JobsListParams(Page):
    """Which jobs."""

    status: JobStatus | None = None
    kind: str | None = None
    parent_id: Id | None = None


class JobIdParams(Params):
    """Which job."""

    job_id: Id


class JobsWaitParams(JobIdParams):
    """Which job, and for how long at most."""

    timeout_s: float | None = Field(
        default=None, gt=0, le=86_400, description="A job that has not ended by then is told as busy; ask again."
    )


class JobStarted(Result):
    """A job that was started and nothing else to tell."""

    job_id: str
