from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from sqlalchemy import Connection

from sidecar.engines.process import EngineCrashed
from sidecar.errors import Cancelled, EngineFailed, InvalidAudio, NotFound, StorageError
from sidecar.jobs.runner import TRIES_AFTER_CRASH
from sidecar.services.jobs import JobService
from sidecar.store import database as database_module
from sidecar.store import jobs as queue
from sidecar.store.afterwards import once_written
from sidecar.store.database import Database
from tests.jobs.house import House


async def test_jobs_of_a_lane_run_one_at_a_time_and_oldest_first(database: Database) -> None:
    async with House(database) as house:
        jobs = [await house.enqueue(subject) for subject in "abc"]
        await house.work.at_work.wait()
        assert house.work.begun == ["a"]
        house.work.go_on.set()
        await house.runner.wait(jobs[-1])
        assert house.work.begun == house.work.stopped == ["a", "b", "c"]
        assert house.work.marked == ["a running", "b running", "c running"]
        assert [(await house.job(job_id))["status"] for job_id in jobs] == ["completed"] * 3


async def test_lanes_run_beside_each_other(database: Database) -> None:
    async with House(database) as house:
        await house.enqueue("a")
        await house.work.at_work.wait()
        await house.enqueue("b", "other work")
        await house.other_work.at_work.wait()
        assert (house.work.begun, house.other_work.begun) == (["a"], ["b"])


async def test_a_job_that_is_done_is_told_once_with_what_it_made(database: Database) -> None:
    async with House(database) as house:
        house.work.go_on.set()
        job_id = await house.enqueue("a")
        assert await house.runner.outcome(job_id) == {"made": True}
    assert house.client.finished == [
        {"job_id": job_id, "kind": "work", "status": "completed", "result": {"made": True}}
    ]
    job = await house.job(job_id)
    assert (job["fraction"], job["attempts"], job["error"]) == (1.0, 1, None)
    assert job["created_at"] < job["started_at"] < job["finished_at"]
    async with House(database) as restarted:
        pass
    assert restarted.client.finished == []


async def test_an_end_that_nobody_heard_of_is_told_by_the_next_process(database: Database) -> None:
    async with House(database) as house:
        house.client.reads = False
        house.work.go_on.set()
        job_id = await house.enqueue("a")
        await house.runner.wait(job_id)
    async with House(database) as restarted:
        pass
    assert restarted.client.finished == house.client.finished != []


async def test_a_job_of_a_kind_that_this_version_does_not_know_fails_at_the_start(database: Database) -> None:
    def queued_by_another_version(connection: Connection) -> str:
        return queue.enqueue(connection, "holograms", "projector", "a", {})

    job_id = await database.write(queued_by_another_version)
    async with House(database) as house:
        pass
    [finished] = house.client.finished
    assert (finished["job_id"], finished["status"], finished["error"]["kind"]) == (job_id, "failed", "unsupported")


async def test_a_failed_job_is_told_with_its_error(database: Database) -> None:
    async with House(database) as house:
        house.work.faults = [InvalidAudio("It is silent.", reason="silent")]
        job_id = await house.enqueue("a")
        with pytest.raises(InvalidAudio, match="It is silent") as fault:
            await house.runner.outcome(job_id)
        assert fault.value.data == {"reason": "silent"}
    error = {"kind": "invalid_audio", "message": "It is silent.", "data": {"reason": "silent"}}
    assert house.client.finished == [{"job_id": job_id, "kind": "work", "status": "failed", "error": error}]
    assert house.work.marked == ["a running", "a failed: invalid_audio"]


async def test_a_queued_job_is_cancelled_without_ever_beginning(database: Database) -> None:
    async with House(database) as house:
        await house.enqueue("a")
        await house.work.at_work.wait()
        job_id = await house.enqueue("b")
        waiting = asyncio.create_task(house.runner.outcome(job_id))
        await asyncio.sleep(0)
        await house.runner.cancel(job_id)
        with pytest.raises(Cancelled):
            await waiting
        assert house.work.begun == ["a"]
        assert house.work.marked == ["a running", "b cancelled: cancelled"]
        assert [finished["status"] for finished in house.client.finished] == ["cancelled"]


async def test_a_queued_job_that_is_cancelled_is_told_of_though_the_request_for_it_is_cancelled_too(
    database: Database,
) -> None:
    async with House(database) as house:
        await house.enqueue("a")
        await house.work.at_work.wait()
        job_id = await house.enqueue("b")
        waiting = asyncio.create_task(house.runner.wait(job_id))
        request = asyncio.create_task(house.runner.cancel(job_id))
        house.work.on_mark = request.cancel
        with pytest.raises(asyncio.CancelledError):
            await request
        await waiting
        assert [finished["status"] for finished in house.client.finished] == ["cancelled"]


async def test_a_running_job_has_really_stopped_when_it_is_cancelled_and_the_next_one_runs(database: Database) -> None:
    async with House(database) as house:
        job_id, next_id = await house.enqueue("a"), await house.enqueue("b")
        await house.work.at_work.wait()
        await house.runner.cancel(job_id)
        assert house.work.stopped == ["a"]
        assert (await house.job(job_id))["status"] == "cancelled"
        house.work.go_on.set()
        assert await house.runner.outcome(next_id) == {"made": True}


async def test_a_job_that_has_ended_stays_as_it_is_when_it_is_cancelled(database: Database) -> None:
    async with House(database) as house:
        house.work.go_on.set()
        job_id = await house.enqueue("a")
        await house.runner.wait(job_id)
        await house.runner.cancel(job_id)
        assert (await house.job(job_id))["status"] == "completed"
        assert len(house.client.finished) == 1


async def test_a_job_that_does_not_exist_cannot_be_cancelled_or_waited_for(database: Database) -> None:
    async with House(database) as house:
        for call in (house.runner.cancel, house.runner.wait, house.runner.outcome):
            with pytest.raises(NotFound, match="no job 'x'"):
                await call("x")


async def test_a_job_that_the_end_of_the_program_interrupts_goes_on_at_the_next_start(database: Database) -> None:
    async with House(database) as house:
        job_id, next_id = await house.enqueue("a"), await house.enqueue("b")
        await house.work.at_work.wait()
    assert house.work.stopped == ["a"]
    assert house.client.finished == []
    assert (await house.job(next_id))["status"] == "queued"
    async with House(database) as restarted:
        restarted.work.go_on.set()
        await restarted.runner.wait(next_id)
        assert restarted.work.begun == ["a", "b"]
        assert (await restarted.job(job_id))["attempts"] == 2
    assert [finished["job_id"] for finished in restarted.client.finished] == [job_id, next_id]


async def test_a_crash_of_the_engine_costs_a_try_and_not_the_job(database: Database) -> None:
    async with House(database) as house:
        house.work.faults = [EngineCrashed("It died.") for _ in range(TRIES_AFTER_CRASH - 1)]
        house.work.go_on.set()
        assert await house.runner.outcome(await house.enqueue("a")) == {"made": True}
        assert house.work.begun == ["a"] * TRIES_AFTER_CRASH


async def test_a_job_that_gets_further_at_every_try_is_tried_as_often_as_it_takes(database: Database) -> None:
    async with House(database) as house:
        house.work.fractions = [0.1, 0.2, 0.3, 0.4, 0.5]
        house.work.faults = [EngineCrashed("It died.") for _ in house.work.fractions]
        house.work.go_on.set()
        assert await house.runner.outcome(await house.enqueue("a")) == {"made": True}


async def test_a_job_that_crashes_every_engine_fails_in_the_end(database: Database) -> None:
    async with House(database) as house:
        house.work.faults = [EngineCrashed("It died.") for _ in range(TRIES_AFTER_CRASH)]
        house.work.go_on.set()
        with pytest.raises(EngineFailed, match="It died"):
            await house.runner.outcome(await house.enqueue("a"))
        assert await house.runner.outcome(await house.enqueue("b")) == {"made": True}


async def test_what_a_fresh_engine_cannot_mend_is_not_tried_again(database: Database) -> None:
    async with House(database) as house:
        house.work.faults = [EngineFailed("No speech came out.")]
        with pytest.raises(EngineFailed, match="No speech"):
            await house.runner.outcome(await house.enqueue("a"))
        assert house.work.begun == ["a"]


async def test_a_bug_fails_its_job_and_the_lane_goes_on(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    async with House(database) as house:
        house.work.faults = [ZeroDivisionError("the secret")]
        house.work.go_on.set()
        job_id, next_id = await house.enqueue("a"), await house.enqueue("b")
        with caplog.at_level(logging.ERROR):
            await house.runner.wait(next_id)
        error = (await house.job(job_id))["error"]
        assert error["kind"] == "internal"
        assert "secret" not in str(error)
        assert error["data"]["error_id"] in caplog.text
        assert "ZeroDivisionError: the secret" in caplog.text
        assert (await house.job(next_id))["status"] == "completed"


async def test_a_bug_in_marking_the_end_ends_its_job_too(database: Database) -> None:
    async with House(database) as house:
        house.work.faults.append(NotFound("gone", resource="work", id="a"))
        house.work.cannot_mark = KeyError("subject")
        job_id = await house.enqueue("a")
        await house.runner.wait(job_id)
        ended = await house.job(job_id)
        assert (ended["status"], ended["error"]["kind"]) == ("failed", "internal")
        house.work.go_on.set()
        next_id = await house.enqueue("b")
        await house.runner.wait(next_id)
        assert (await house.job(next_id))["status"] == "completed"


async def test_the_end_of_a_job_is_told_though_what_it_made_cannot_be(database: Database) -> None:
    async with House(database) as house:
        house.work.cannot_tell = NotFound("This version knows no such model.", resource="model", id="a")
        house.client.reads = False
        house.work.go_on.set()
        job_id = await house.enqueue("a")
        assert await house.runner.outcome(job_id) == {"made": True}
    async with House(database) as restarted:
        restarted.work.cannot_tell = PermissionError(13, "Permission denied")
    assert restarted.client.finished == house.client.finished != []


async def test_a_job_whose_rows_cannot_be_written_fails_and_leaves_none_of_them(database: Database) -> None:
    def commit(connection: Connection) -> dict[str, Any]:
        connection.exec_driver_sql("INSERT INTO settings VALUES ('half', '1')")
        raise OSError(28, "No space left on device")

    taken_back = []
    async with House(database) as house:
        house.work.commit, house.work.take_back = commit, lambda: taken_back.append("its files")
        house.work.go_on.set()
        with pytest.raises(StorageError, match="No space left"):
            await house.runner.outcome(await house.enqueue("a"))
    assert taken_back == ["its files"]
    rows = await database.read(lambda connection: connection.exec_driver_sql("SELECT * FROM settings").all())
    assert rows == []


async def test_a_job_that_is_done_stays_so_though_its_leftovers_cannot_be_removed(database: Database) -> None:
    def cannot() -> None:
        raise PermissionError(13, "Permission denied")

    def commit(connection: Connection) -> dict[str, Any]:
        once_written(connection, cannot)
        return {"made": True}

    async with House(database) as house:
        house.work.commit = commit
        house.work.go_on.set()
        job_id = await house.enqueue("a")
        assert await house.runner.outcome(job_id) == {"made": True}
        assert await house.runner.outcome(await house.enqueue("b")) == {"made": True}


async def test_everybody_who_waits_is_told_of_the_end(database: Database) -> None:
    async with House(database) as house:
        job_id = await house.enqueue("a")
        waiting = [asyncio.create_task(house.runner.outcome(job_id)) for _ in range(3)]
        await house.work.at_work.wait()
        waiting[0].cancel()
        house.work.go_on.set()
        assert await asyncio.gather(*waiting[1:]) == [{"made": True}] * 2
        assert await house.runner.outcome(job_id) == {"made": True}


async def test_while_it_runs_a_job_tells_how_far_it_is(database: Database) -> None:
    async with House(database) as house:
        service = JobService(database, house.runner)
        job_id = await house.enqueue("a")
        await house.work.at_work.wait()
        view = await service.get(job_id)
        assert (view["status"], view["stage"], view["fraction"]) == ("running", "working", 0.25)


async def test_a_request_that_is_cancelled_takes_the_job_it_waits_for_with_it(database: Database) -> None:
    async with House(database) as house:
        job_id = await house.enqueue("a")
        request = asyncio.create_task(JobService(database, house.runner).outcome(job_id))
        await house.work.at_work.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert (await house.job(job_id))["status"] == "cancelled"


async def test_a_request_that_the_end_of_the_program_cancels_leaves_its_job_in_the_queue(database: Database) -> None:
    async with House(database) as house:
        job_id = await house.enqueue("a")
        request = asyncio.create_task(JobService(database, house.runner).outcome(job_id))
        await house.work.at_work.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    async with House(database) as restarted:
        restarted.work.go_on.set()
        assert await restarted.runner.outcome(job_id) == {"made": True}


class NotWritten(logging.Handler):
    """Tells when the log says that this could not be written."""

    def __init__(self, what: str) -> None:
        super().__init__(logging.ERROR)
        self._what = what
        self.logged = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith(self._what):
            self.logged.set()


async def test_the_end_of_a_job_is_written_as_soon_as_the_database_can_be_used_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "STORAGE_RETRY_S", 0.01)
    fault = NotWritten("ending job")
    monkeypatch.setattr(database_module.log, "handlers", [fault])
    async with House(database) as house:
        job_id, next_id = await house.enqueue("a"), await house.enqueue("b")
        await house.work.at_work.wait()
        await database.write(lambda connection: connection.exec_driver_sql("ALTER TABLE jobs RENAME TO lost"))
        house.work.go_on.set()
        await fault.logged.wait()
        assert house.client.finished == []
        await database.write(lambda connection: connection.exec_driver_sql("ALTER TABLE lost RENAME TO jobs"))
        await house.runner.wait(next_id)
        assert (await house.job(job_id))["error"]["kind"] == "storage"
        assert [finished["status"] for finished in house.client.finished] == ["failed", "completed"]


async def test_that_an_end_was_told_is_noted_as_soon_as_the_database_can_be_used_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "STORAGE_RETRY_S", 0.01)
    fault = NotWritten("noting that ends were told")
    monkeypatch.setattr(database_module.log, "handlers", [fault])
    async with House(database) as house:
        house.client.reads = False
        house.work.go_on.set()
        job_id = await house.enqueue("a")
        await house.runner.wait(job_id)
        job = await house.job(job_id)
        await database.write(lambda connection: connection.exec_driver_sql("ALTER TABLE jobs RENAME TO lost"))
        house.client.reads = True
        house.announcer.finished(job, {})
        await fault.logged.wait()
        await database.write(lambda connection: connection.exec_driver_sql("ALTER TABLE lost RENAME TO jobs"))
        await house.announcer.drain()
        assert await database.read(queue.unannounced) == []


async def test_an_end_that_the_client_reads_at_the_very_last_is_noted_before_the_program_ends(
    database: Database,
) -> None:
    house = House(database)
    await house.runner.start()
    house.work.go_on.set()
    job_id = await house.enqueue("a")
    house.client.reads = False
    await house.runner.wait(job_id)
    await house.runner.stop()
    job = await house.job(job_id)
    house.client.reads = True
    house.announcer.finished(job, {})
    await house.announcer.drain()
    assert (await house.job(job_id))["announced"]
