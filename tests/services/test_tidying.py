from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sidecar.services import tidying
from sidecar.services.tidying import Tidying
from sidecar.store.database import BROWSERS, Database
from sidecar.store.files import FileStore


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    """With an orphan and half an upload, which a kill has left."""
    before = FileStore(tmp_path / "data")
    put(before, "orphan.wav")
    before.temporary(".upload").write_bytes(b"half")
    return FileStore(before.root)


def put(files: FileStore, name: str) -> Path:
    temporary = files.temporary(".wav")
    temporary.write_bytes(b"sound")
    return files.absolute(files.adopt(temporary, "generations", name))


@asynccontextmanager
async def a_huge_library(database: Database) -> AsyncIterator[None]:
    """Within the block it takes for ever to read what the rows name."""
    over = threading.Event()
    reading = [asyncio.create_task(database.browse(lambda _: over.wait(30))) for _ in range(BROWSERS)]
    try:
        yield
    finally:
        over.set()
        await asyncio.gather(*reading)


async def test_a_small_library_is_tidy_before_anything_else(database: Database, files: FileStore) -> None:
    await Tidying(database, files).start()
    assert [path for path in files.root.rglob("*") if path.is_file()] == []


async def test_a_huge_one_is_tidied_beside_the_work_which_loses_nothing(
    database: Database, files: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "START_WAITS_S", 0.01)
    orphan = files.absolute("audio/generations/orphan.wav")
    async with a_huge_library(database):
        await Tidying(database, files).start()
        made = put(files, "made.wav")
        assert orphan.exists()
        assert list((files.root / "tmp").iterdir()) == []
    while orphan.exists():
        await asyncio.sleep(0.01)
    assert made.exists()


async def test_the_end_of_the_program_does_not_wait_for_it(
    database: Database, files: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "START_WAITS_S", 0.01)
    async with a_huge_library(database):
        sweep = Tidying(database, files)
        await sweep.start()
        await sweep.stop()
    await Tidying(database, FileStore(files.root)).start()
    assert [path for path in files.root.rglob("*") if path.is_file()] == []
