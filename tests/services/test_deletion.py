"""Deleting what a job begins to work on in the same moment."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from sidecar.errors import Conflict
from sidecar.services.deletion import delete_unworked
from sidecar.store import jobs as queue
from sidecar.store.database import Database
from tests.jobs.house import House
from tests.services.projects.arranging import desk_in

GAIN = {"type": "gain", "params": {"gain_db": -3.0}}


def about_the_take(connection: Connection) -> list[str]:
    return queue.open_jobs_about(connection, ["take"])


async def test_a_job_that_begins_while_others_are_cancelled_is_cancelled_before_anything_goes(
    database: Database,
) -> None:
    late: list[asyncio.Task[str]] = []
    deleted: list[str] = []

    def delete(connection: Connection) -> None:
        assert about_the_take(connection) == []
        deleted.append("take")

    async with House(database) as house:

        def slip_in() -> None:
            if not late:
                late.append(asyncio.create_task(house.enqueue("take")))

        house.work.on_mark = slip_in
        first, other = await house.enqueue("take"), await house.enqueue("another take")
        await house.work.at_work.wait()
        await delete_unworked(database, house.runner, about_the_take, delete)
        assert deleted == ["take"]
        statuses = [(await house.job(job_id))["status"] for job_id in (first, await late[0], other)]
        assert statuses[:2] == ["cancelled", "cancelled"]
        assert statuses[2] in queue.OPEN


async def test_a_deletion_that_is_refused_cancels_nothing(database: Database) -> None:
    def refuse(connection: Connection) -> list[str]:
        raise Conflict("A project plays it.")

    async with House(database) as house:
        job_id = await house.enqueue("take")
        with pytest.raises(Conflict):
            await delete_unworked(database, house.runner, refuse, lambda connection: None)
        assert (await house.job(job_id))["status"] in queue.OPEN


@pytest.mark.parametrize("method", ["history.delete", "profiles.delete", "projects.delete"])
async def test_what_is_asked_for_just_before_a_deletion_is_cancelled(data_dir: Path, method: str) -> None:
    async with desk_in(data_dir) as desk:
        profile = (await desk.studio.call("profiles.create", name="Ada"))["profile"]["id"]
        generation = await desk.spoken(2.0, profile)
        effects: dict[str, Any] = {"generation_id": generation, "effects": [GAIN]}
        bundle: dict[str, Any] = {"project_id": desk.project_id, "path": str(data_dir.parent / "talk.zip")}
        asked = ("projects.export", bundle) if method == "projects.delete" else ("generation.apply_effects", effects)
        deleted: dict[str, dict[str, Any]] = {
            "history.delete": {"generation_ids": [generation]},
            "profiles.delete": {"profile_id": profile, "delete_generations": True},
            "projects.delete": {"project_id": desk.project_id},
        }
        async with desk.studio.busy_disk() as change_wanted:
            beginning = asyncio.create_task(desk.studio.call(asked[0], **asked[1]))
            await change_wanted.wait()
            change_wanted.clear()
            deleting = asyncio.create_task(desk.studio.call(method, **deleted[method]))
            await change_wanted.wait()
        await deleting
        job = (await desk.studio.call("jobs.get", job_id=(await beginning)["job_id"]))["job"]
        assert job["status"] == "cancelled"
