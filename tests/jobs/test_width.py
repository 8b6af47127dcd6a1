from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, ClassVar

from sidecar.jobs.announce import Announcer
from sidecar.jobs.progress import Progress
from sidecar.jobs.runner import JobRunner
from sidecar.store.database import Database
from tests.jobs.house import Client, Work


class WideWork(Work):
    """Two at once."""

    name = "wide"
    lane = "wide"
    width: ClassVar[int] = 2


async def test_a_lane_runs_as_many_jobs_at_once_as_it_is_wide(database: Database) -> None:
    work = WideWork()
    runner = JobRunner(database, Announcer(database, Client().notify), [work])
    await runner.start()
    jobs = [
        await database.write(partial(runner.enqueue, kind="wide", subject=name, payload={})) for name in ("a", "b", "c")
    ]
    runner.wake()
    while len(work.begun) < 2:
        await asyncio.sleep(0)
    await runner.cancel(jobs[2])
    assert sorted(work.begun) == ["a", "b"]
    work.go_on.set()
    await asyncio.gather(runner.wait(jobs[0]), runner.wait(jobs[1]))
    await runner.stop()


async def test_a_job_that_knows_its_remaining_time_says_so() -> None:
    told: list[dict[str, Any]] = []

    def notify(method: str, params: dict[str, Any], collapse: str | None = None, on_written: object = None) -> None:
        told.append(params)

    progress = Progress(notify, "job", "kind")
    progress.report("downloading", 90, 100, "bytes", eta_s=7.5)
    progress.report("verifying", 95, 100, "bytes")
    progress.stop()
    assert [params["eta_s"] for params in told] == [7.5, progress.eta_s()]
    assert progress.eta_s() != 7.5
