from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sidecar.errors import StorageError
from sidecar.jobs.progress import Progress
from sidecar.services.file_work import FileWork, part_of, remove_parts, require_room
from sidecar.store.values import new_id


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
