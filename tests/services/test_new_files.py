from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from sidecar.services.new_files import NewFiles
from sidecar.store.files import FileStore


class SlowStore(FileStore):
    """Has put a file in its place and does not come back, until it is let."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.has_placed, self.come_back = threading.Event(), threading.Event()

    def adopt(self, temporary: Path, kind: str, name: str) -> str:  # type: ignore[override]
        relative = super().adopt(temporary, kind, name)  # type: ignore[arg-type]
        self.has_placed.set()
        self.come_back.wait(10)
        return relative


@pytest.fixture
def files(tmp_path: Path) -> SlowStore:
    store = SlowStore(tmp_path / "data")
    store.come_back.set()
    return store


def finished(files: FileStore) -> Path:
    temporary = files.temporary(".wav")
    temporary.write_bytes(b"sound")
    return temporary


def placed(files: FileStore) -> list[str]:
    return sorted(str(path.relative_to(files.root)) for path in (files.root / "audio").rglob("*") if path.is_file())


async def test_what_was_put_in_place_stays_there_if_all_goes_well(files: SlowStore) -> None:
    with NewFiles(files) as new:
        first = await new.adopt(finished(files), "generations", "a.wav")
        second = await new.copy_in(finished(files), "samples", "b.wav")
    assert placed(files) == sorted([first, second])


async def test_all_that_was_put_in_place_goes_again_if_something_fails(files: SlowStore) -> None:
    async def work() -> None:
        with NewFiles(files) as new:
            await new.adopt(finished(files), "generations", "a.wav")
            await new.copy_in(finished(files), "samples", "b.wav")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await work()
    assert placed(files) == []


async def test_what_a_row_could_not_come_to_name_is_taken_back(files: SlowStore) -> None:
    with NewFiles(files) as new:
        await new.adopt(finished(files), "generations", "a.wav")
    new.take_back()
    assert placed(files) == []


async def test_a_cancel_while_a_file_is_put_in_place_leaves_none_there(files: SlowStore) -> None:
    files.come_back.clear()

    async def work() -> str:
        with NewFiles(files) as new:
            return await new.adopt(finished(files), "generations", "a.wav")

    working = asyncio.create_task(work())
    await asyncio.to_thread(files.has_placed.wait, 10)
    working.cancel()
    await asyncio.sleep(0)
    files.come_back.set()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert placed(files) == []
