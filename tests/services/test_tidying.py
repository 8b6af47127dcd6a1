from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Container
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path

import pytest

from sidecar.services import tidying
from sidecar.services.tidying import Tidying
from sidecar.store import rows, settings
from sidecar.store.belonging import Mark, become_another
from sidecar.store.database import BROWSERS, Database
from sidecar.store.files import UNCLAIMED, FileStore
from sidecar.store.tables import transcriptions


@pytest.fixture
def files(database: Database, tmp_path: Path) -> FileStore:
    """Those of the database, with an orphan and half an upload, which a kill has left."""
    before = FileStore(tmp_path / "data")
    Mark(before).set(asyncio.run(database.write(become_another)))
    put(before, "orphan.wav")
    before.temporary(".upload").write_bytes(b"half")
    return FileStore(before.root)


def put(files: FileStore, name: str) -> Path:
    temporary = files.temporary(".wav")
    temporary.write_bytes(b"sound")
    return files.absolute(files.adopt(temporary, "generations", name))


@asynccontextmanager
async def a_start(root: Path, store: type[FileStore] = FileStore) -> AsyncIterator[tuple[Database, FileStore]]:
    """The program on a data folder of its own, as far as the sweep is concerned, until it ends."""
    files = store(root)
    database = Database(files.database)
    sweep = Tidying(database, files)
    await sweep.start()
    yield database, files
    await sweep.stop()
    database.close()


async def record(database: Database, files: FileStore, name: str) -> str:
    """Put a file in its place and write the row that names it; returns when the mark has followed."""
    path, marked = put(files, name), files.mark.read_text()
    row = {"id": name, "status": "queued", "model": "m", "settings": {}, "created_at": "2026-01-01T00:00:00Z"}
    relative = str(path.relative_to(files.root))
    await database.write(lambda connection: rows.add(connection, transcriptions, audio_path=relative, **row))
    while files.mark.read_text() == marked:
        await asyncio.sleep(0.01)
    return relative


def copy_of(database: Path) -> Path:
    """A copy as somebody makes it at any time: of a backup, or the one that is made before each migration."""
    copy = database.with_name("copy.db")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    return copy


def lose(database: Path) -> None:
    for path in database.parent.glob(f"{database.name}*"):
        path.unlink()


def empty(database: Path) -> None:
    lose(database)
    database.touch()


def put_back(copy: Path, database: Path) -> None:
    lose(database)
    copy.rename(database)


def set_aside(root: Path) -> set[str]:
    """What lies in the folders of what nobody claims, by the names that it had."""
    folders = root.glob(f"{UNCLAIMED}*")
    return {str(path.relative_to(folder)) for folder in folders for path in folder.rglob("*.wav")}


def in_place(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in (root / "audio").rglob("*.wav")}


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
    assert [path for path in files.root.rglob("*") if path.is_file()] == [files.mark]


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
    async with a_huge_library(database):
        sweep = Tidying(database, files)
        with monkeypatch.context() as hasty:
            hasty.setattr(tidying, "START_WAITS_S", 0.01)
            await sweep.start()
        await sweep.stop()
    await Tidying(database, FileStore(files.root)).start()
    assert [path for path in files.root.rglob("*") if path.is_file()] == [files.mark]


@pytest.mark.parametrize("spoil", [lose, empty])
async def test_a_database_that_is_lost_costs_no_audio(data_dir: Path, spoil: Callable[[Path], None]) -> None:
    async with a_start(data_dir) as (database, files):
        precious = await record(database, files, "precious.wav")
    spoil(files.database)
    # A start that is killed as soon as the new database is there.
    Database(files.database).close()
    async with a_start(data_dir):
        assert (in_place(data_dir), set_aside(data_dir)) == (set(), {precious})


async def test_an_older_copy_of_the_database_costs_none_of_what_was_made_since(data_dir: Path) -> None:
    async with a_start(data_dir) as (database, files):
        old = await record(database, files, "old.wav")
        copy = copy_of(files.database)
        new = await record(database, files, "new.wav")
    put_back(copy, files.database)
    async with a_start(data_dir):
        assert (in_place(data_dir), set_aside(data_dir)) == ({old}, {new})


@pytest.mark.parametrize("is_refused", [True, False])
async def test_nor_once_the_older_one_has_grown_where_not_all_could_be_set_aside_before(
    data_dir: Path, is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CutShort(FileStore):
        def sweep(
            self, claimed: Container[str], is_enough: Callable[[], bool] = lambda: False, aside: Path | None = None
        ) -> list[str]:
            if is_refused:
                raise PermissionError(13, "Permission denied")
            while not is_enough():
                time.sleep(0.01)
            return []

    async with a_start(data_dir) as (database, files):
        old = await record(database, files, "old.wav")
        copy = copy_of(files.database)
        new = await record(database, files, "new.wav")
    put_back(copy, files.database)
    with monkeypatch.context() as hasty:
        hasty.setattr(tidying, "START_WAITS_S", 0.01)
        async with a_start(data_dir, CutShort) as (database, files):
            for number in range(5):
                await database.write(partial(settings.put, values={"queue_limit": number}))
    async with a_start(data_dir):
        assert (in_place(data_dir), set_aside(data_dir)) == ({old}, {new})


async def test_a_folder_that_has_the_marks_name_is_left_alone(data_dir: Path) -> None:
    (data_dir / "library").mkdir(parents=True)
    for _ in range(2):
        async with a_start(data_dir) as (_, files):
            put(files, "precious.wav")
        assert (data_dir / "library").is_dir()
    async with a_start(data_dir):
        assert set_aside(data_dir) == {"audio/generations/precious.wav"}


async def test_nor_does_the_right_one_what_was_made_beside_another(data_dir: Path) -> None:
    async with a_start(data_dir) as (database, files):
        await record(database, files, "first.wav")
        copy = copy_of(files.database)
    lose(files.database)
    async with a_start(data_dir) as (database, files):
        await record(database, files, "beside another.wav")
    put_back(copy, files.database)
    async with a_start(data_dir):
        assert (in_place(data_dir), len(set_aside(data_dir))) == (set(), 2)


async def test_beside_a_database_that_took_the_place_of_another_what_a_kill_leaves_goes_as_ever(
    data_dir: Path,
) -> None:
    async with a_start(data_dir) as (database, files):
        await record(database, files, "precious.wav")
    lose(files.database)
    async with a_start(data_dir) as (database, files):
        made = await record(database, files, "made.wav")
        put(files, "orphan.wav")
    async with a_start(data_dir):
        assert (in_place(data_dir), len(set_aside(data_dir))) == ({made}, 1)


async def test_what_cannot_be_set_aside_stays_where_it_is_at_every_start(data_dir: Path) -> None:
    class NoRoom(FileStore):
        def new_unclaimed(self) -> Path:
            return self.database / "is no folder"

    async with a_start(data_dir) as (database, files):
        precious = await record(database, files, "precious.wav")
    lose(files.database)
    for _ in range(2):
        async with a_start(data_dir, NoRoom):
            assert in_place(data_dir) == {precious}
    async with a_start(data_dir):
        assert (in_place(data_dir), set_aside(data_dir)) == (set(), {precious})


async def test_what_the_first_start_of_a_version_that_knows_the_mark_finds_is_set_aside(data_dir: Path) -> None:
    async with a_start(data_dir) as (database, files):
        claimed = await record(database, files, "claimed.wav")
    files.mark.unlink()
    put(files, "orphan.wav")
    async with a_start(data_dir):
        assert (in_place(data_dir), set_aside(data_dir)) == ({claimed}, {"audio/generations/orphan.wav"})
