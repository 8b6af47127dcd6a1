from __future__ import annotations

import pytest
from sqlalchemy import Connection

from sidecar.errors import Busy
from sidecar.jobs.announce import Announcer
from sidecar.jobs.runner import JobRunner
from sidecar.store import jobs as queue
from sidecar.store.database import Database
from tests.jobs.house import Client, Work


def runner_of(database: Database, limit: int | None) -> JobRunner:
    return JobRunner(database, Announcer(database, Client().notify), [Work()], lambda: limit)


async def enqueue(database: Database, runner: JobRunner, number: int = 1) -> None:
    """Queue so many jobs in one transaction."""

    def change(connection: Connection) -> None:
        for subject in range(number):
            runner.enqueue(connection, "work", str(subject), {})

    await database.write(change)


async def waiting(database: Database) -> int:
    return (await database.read(queue.queue_depth))["queued"]


async def test_a_full_queue_refuses_the_next_job_and_says_when_to_try_again(database: Database) -> None:
    runner = runner_of(database, 3)
    await enqueue(database, runner, 3)
    with pytest.raises(Busy, match="limit of 3 waiting jobs") as refused:
        await enqueue(database, runner)
    assert refused.value.data["retry_after_s"] > 0
    assert await waiting(database) == 3


async def test_jobs_that_do_not_all_fit_are_refused_together(database: Database) -> None:
    runner = runner_of(database, 3)
    await enqueue(database, runner, 2)
    with pytest.raises(Busy):
        await enqueue(database, runner, 2)
    assert await waiting(database) == 2


async def test_a_job_that_runs_or_has_ended_takes_no_place(database: Database) -> None:
    runner = runner_of(database, 1)
    await enqueue(database, runner)
    await database.write(lambda connection: queue.begin(connection, queue.waiting_alone(connection, "engine", 1)[0]))
    await enqueue(database, runner)
    assert await waiting(database) == 1


async def test_without_a_limit_any_number_waits(database: Database) -> None:
    await enqueue(database, runner_of(database, None), 200)
    assert await waiting(database) == 200
