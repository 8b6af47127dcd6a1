"""Deleting what jobs may be at work on: they are cancelled first, and what slips in meanwhile is too."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from sidecar.jobs.runner import JobRunner
from sidecar.store.database import Database


async def delete_unworked(
    database: Database,
    jobs: JobRunner,
    at_work: Callable[[Connection], list[str]],
    delete: Callable[[Connection], None],
) -> None:
    """Run a deletion in a transaction in which no job is at work on what goes.

    `at_work` names the open jobs about it, or refuses by raising. As long as there are any, nothing is deleted, they
    are cancelled, and both are asked again: a job may begin at any moment before the rows are gone.
    """

    def change(connection: Connection) -> list[str]:
        open_jobs = at_work(connection)
        if not open_jobs:
            delete(connection)
        return open_jobs

    while open_jobs := await database.write(change):
        for job_id in open_jobs:
            await jobs.cancel(job_id)
