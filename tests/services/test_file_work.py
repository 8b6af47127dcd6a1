from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sidecar.errors import StorageError
from sidecar.jobs.announce import Announcer
from sidecar.jobs.kind import Outcome
from sidecar.jobs.progress import Progress
from sidecar.jobs.runner import JobRunner
from sidecar.services.file_work import FileWork, WritingJob, part_of, remove_parts, require_room
from sidecar.store import jobs as queue
from sidecar.store.database import Database
from sidecar.store.values import Row, new_id


class Client:
    """Hears of the progress."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    def notify(
        self,
        method: str,
        params: dict[str, Any],
        collapse: str | None = None,
        on_written: Callable[[], None] | None = None,
    ) -> None:
        self.heard.append(params)


async def test_work_is_told_of_in_bytes_up_to_its_share() -> None:
    client = Client()
    progress = Progress(client.notify, "j", "work")
    for stage in ("unpacking", "writing"):
        work = FileWork(progress, stage, 100, until=0.5 if stage == "unpacking" else 1.0)
        assert await work.run(lambda moved: [moved(50), moved(50)]) == [None, None]
    progress.stop()
    assert progress.fraction == 1.0
    assert [(news["stage"], news["total"], news["unit"]) for news in client.heard][:1] == [("unpacking", 100, "bytes")]
    assert next(news["fraction"] for news in client.heard if news["stage"] == "writing") == 0.5


async def test_work_that_is_not_wanted_any_more_ends_with_the_call() -> None:
    progress = Progress(Client().notify, "j", "work")
    begun, ended = threading.Event(), threading.Event()

    def for_ever(moved: Callable[[int], None]) -> None:
        try:
            while True:
                moved(1)
                begun.set()
        finally:
            ended.set()

    task = asyncio.create_task(FileWork(progress, "writing", 10).run(for_ever))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    progress.stop()
    assert ended.is_set()


@pytest.mark.parametrize("is_last", [False, True])
async def test_work_that_a_cancel_could_not_end_counts_if_it_is_the_last_of_its_job(is_last: bool) -> None:
    progress = Progress(Client().notify, "j", "work")
    begun, go_on = threading.Event(), threading.Event()
    made: list[str] = []

    def to_the_end(_moved: Callable[[int], None]) -> str:
        begun.set()
        go_on.wait(10)
        return "a file"

    async def work() -> None:
        writing = FileWork(progress, "writing", 10)
        made.append(await (writing.finish(to_the_end) if is_last else writing.run(to_the_end)))

    task = asyncio.create_task(work())
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    progress.stop()
    assert made == (["a file"] if is_last else [])


class Letter(WritingJob):
    """Written in one go, which begins when it `may_go_on`; if it can be stopped, it only waits for that."""

    name = "letter"
    lane = "letters"

    def __init__(self, can_be_stopped: bool) -> None:
        self._can_be_stopped = can_be_stopped
        self.at_work, self.may_go_on = threading.Event(), threading.Event()
        self.task: asyncio.Task[Any] | None = None

    async def write(self, job: Row, progress: Progress) -> Outcome:
        self.task = asyncio.current_task()

        def put(moved: Callable[[int], None]) -> None:
            self.at_work.set()
            while self._can_be_stopped:
                moved(0)
            self.may_go_on.wait(10)
            Path(job["payload"]["path"]).write_text("Dear grandmother", encoding="utf-8")

        await FileWork(progress, "writing", 1).finish(put)
        return Outcome(lambda connection: {"words": 2})


@pytest.mark.parametrize("can_be_stopped", [True, False])
async def test_a_job_that_is_cancelled_at_its_end_is_told_as_what_became_of_its_file(
    database: Database, tmp_path: Path, can_be_stopped: bool
) -> None:
    letter, target = Letter(can_be_stopped), tmp_path / "letter"
    runner = JobRunner(database, Announcer(database, Client().notify), [letter])
    await runner.start()
    asked = {"path": str(target)}
    job_id = await runner.submit(lambda connection: runner.enqueue(connection, "letter", None, asked))
    await asyncio.to_thread(letter.at_work.wait, 10)
    cancelling = asyncio.create_task(runner.cancel(job_id))
    while letter.task is None or not letter.task.cancelling():
        await asyncio.sleep(0)
    letter.may_go_on.set()
    await cancelling
    job = await database.read(lambda connection: queue.get_job(connection, job_id))
    await runner.stop()
    told = (job["status"], job["result"], target.exists())
    assert told == (("cancelled", {}, False) if can_be_stopped else ("completed", {"words": 2}, True))


async def test_what_goes_wrong_in_the_thread_is_told() -> None:
    progress = Progress(Client().notify, "j", "work")

    def fail(moved: Callable[[int], None]) -> None:
        raise FileNotFoundError("gone")

    with pytest.raises(FileNotFoundError, match="gone"):
        await FileWork(progress, "writing", 10).run(fail)
    progress.stop()


def test_a_disk_without_room_is_told_with_the_numbers(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="make room") as refused:
        require_room(tmp_path, 1 << 60)
    assert refused.value.data["needed_bytes"] == 1 << 60
    require_room(tmp_path, 0)


def test_a_jobs_neighbour_is_the_same_after_a_restart_hidden_and_of_one_target_alone(tmp_path: Path) -> None:
    part = part_of(tmp_path / "a.zip", "j")
    assert part == part_of(tmp_path / "a.zip", "j")
    assert (part.parent, part.name[0], part.suffix) == (tmp_path, ".", ".part")
    assert len({part, part_of(tmp_path / "b.zip", "j"), part_of(tmp_path / "a.wav", "j")}) == 3


def test_a_target_with_as_long_a_name_as_there_may_be_has_a_neighbour(tmp_path: Path) -> None:
    target = tmp_path / f"{'語' * 83}.flac"
    target.touch()
    part_of(target, new_id()).touch()


def test_a_job_ends_as_it_does_though_what_it_has_left_cannot_be_removed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    left, others = part_of(tmp_path / "a.zip", "job"), part_of(tmp_path / "a.zip", "another job")
    left.touch()
    others.touch()
    remove_parts(tmp_path / "a.zip", "job")
    assert (left.exists(), others.exists()) == (False, True)
    left.mkdir()
    remove_parts(tmp_path / "a.zip", "job")
    assert f"what job job has left in {tmp_path} stays there" in caplog.text
