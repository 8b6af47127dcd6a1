from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from sidecar.errors import StorageError
from sidecar.store import database as database_module
from sidecar.store import rows
from sidecar.store.afterwards import once_written
from sidecar.store.belonging import library_of
from sidecar.store.database import BUSY_TIMEOUT_MS, Database
from sidecar.store.tables import samples, settings

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": BUSY_TIMEOUT_MS}


def pragmas(connection: Connection) -> dict[str, object]:
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in PRAGMAS}


def put(connection: Connection, key: str) -> None:
    connection.execute(insert(settings).values(key=key, value=1))


def keys(connection: Connection) -> list[str]:
    return list(connection.execute(select(settings.c.key).order_by(settings.c.key)).scalars())


async def test_every_connection_has_the_pragmas(database: Database) -> None:
    assert await database.read(pragmas) == PRAGMAS
    assert await database.write(pragmas) == PRAGMAS


async def test_a_change_that_fails_leaves_nothing_behind(database: Database) -> None:
    def change(connection: Connection) -> None:
        put(connection, "first")
        raise RuntimeError("then this")

    with pytest.raises(RuntimeError, match="then this"):
        await database.write(change)
    assert await database.read(keys) == []


async def test_what_waits_for_a_change_to_be_written_is_done_then_and_only_then(database: Database) -> None:
    done: list[str] = []

    def change(connection: Connection, key: str, fault: str | None = None) -> None:
        once_written(connection, lambda: done.append(key))
        put(connection, key)
        assert done == []
        if fault:
            raise RuntimeError(fault)

    with pytest.raises(RuntimeError, match="no room"):
        await database.write(lambda connection: change(connection, "lost", "no room"))
    await database.write(lambda connection: change(connection, "kept"))
    assert done == await database.read(keys) == ["kept"]


async def test_every_change_that_was_made_is_counted_and_nothing_else(database: Database) -> None:
    def change(connection: Connection) -> None:
        put(connection, "first")
        raise RuntimeError("then this")

    before = await database.read(library_of)
    assert before is not None
    await database.write(keys)
    with pytest.raises(RuntimeError, match="then this"):
        await database.write(change)
    assert await database.read(library_of) == before
    await database.write(lambda connection: put(connection, "first"))
    assert await database.read(library_of) == before._replace(changes=before.changes + 1)


async def test_foreign_keys_are_enforced(database: Database) -> None:
    orphan = {"position": 0, "audio_path": "a.wav", "sha256": "", "duration_s": 1.0, "metrics": {}, "warnings": []}
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        await database.write(
            lambda connection: rows.add(
                connection, samples, id="s", profile_id="nobody", created_at="2026-01-01T00:00:00Z", **orphan
            )
        )


async def test_a_fault_tells_the_statement_and_not_what_was_to_be_stored(database: Database) -> None:
    await database.write(lambda connection: put(connection, "Wombat"))
    with pytest.raises(IntegrityError) as fault:
        await database.write(lambda connection: put(connection, "Wombat"))
    assert "INSERT INTO settings" in str(fault.value)
    assert "Wombat" not in str(fault.value)


async def test_reads_go_on_while_a_write_is_at_work(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def change(connection: Connection) -> None:
        put(connection, "slow")
        begun.set()
        go_on.wait(10)

    writing = asyncio.create_task(database.write(change))
    await asyncio.to_thread(begun.wait, 10)
    assert await database.read(keys) == []
    go_on.set()
    await writing
    assert await database.read(keys) == ["slow"]


async def test_nothing_is_written_to_a_database_that_is_no_longer_in_its_place(
    database: Database, tmp_path: Path
) -> None:
    (path,) = tmp_path.rglob("*.db")
    elsewhere = path.rename(path.with_suffix(".elsewhere"))
    for _ in ("removed", "replaced"):
        with pytest.raises(StorageError, match="no longer at"):
            await database.write(lambda connection: put(connection, "lost"))
        path.touch()
    elsewhere.replace(path)
    await database.write(lambda connection: put(connection, "kept"))
    assert await database.read(keys) == ["kept"]


async def test_a_short_read_does_not_wait_for_long_ones(database: Database) -> None:
    go_on = threading.Event()
    browsing = [asyncio.create_task(database.browse(lambda _: go_on.wait(10))) for _ in range(20)]
    await asyncio.sleep(0)
    assert await database.read(keys) == []
    go_on.set()
    assert all(await asyncio.gather(*browsing))


async def test_a_write_that_has_begun_is_finished_although_its_caller_was_cancelled(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def change(connection: Connection) -> None:
        begun.set()
        go_on.wait(10)
        put(connection, "kept")

    writing = asyncio.create_task(database.write(change))
    await asyncio.to_thread(begun.wait, 10)
    writing.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await database.read(keys) == ["kept"]


async def test_a_caller_that_is_cancelled_learns_what_became_of_its_write_before_it_stops(database: Database) -> None:
    begun, go_on, learned = threading.Event(), threading.Event(), []

    def change(connection: Connection) -> str:
        begun.set()
        go_on.wait(10)
        put(connection, "kept")
        return "written"

    async def call() -> None:
        learned.append(await database.write(change))
        await asyncio.sleep(0)
        learned.append("not stopped")

    calling = asyncio.create_task(call())
    await asyncio.to_thread(begun.wait, 10)
    for _ in range(3):
        calling.cancel()
        await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert learned == ["written"]


async def test_writes_from_everywhere_go_one_after_the_other(database: Database) -> None:
    def increment(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE settings SET value = value + 1")

    await database.write(lambda connection: put(connection, "counter"))
    await asyncio.gather(*(database.write(increment) for _ in range(50)))
    assert await database.read(lambda connection: connection.execute(select(settings.c.value)).scalar()) == 51


async def test_a_broken_file_is_a_storage_error(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "voicebox.db"
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 200_000)
    with pytest.raises(StorageError, match="database could not be used"):
        await database.read(keys)


async def test_closing_folds_everything_into_the_one_file(tmp_path: Path) -> None:
    database = Database(tmp_path / "other.db")
    await database.write(lambda connection: put(connection, "kept"))
    database.close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["other.db"]
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        assert connection.execute("SELECT key FROM settings").fetchall() == [("kept",)]


async def test_of_all_that_must_be_written_one_is_tried_at_a_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "STORAGE_RETRY_S", 0)
    tries: list[str] = []

    async def attempt(name: str) -> str:
        tries.append(f"{name} begins")
        await asyncio.sleep(0)
        tries.append(f"{name} ends")
        if len(tries) < 12:
            raise StorageError("The disk is full.")
        return name

    names = ["a", "b", "c"]
    assert await asyncio.gather(*(database.insist(name, partial(attempt, name)) for name in names)) == names
    assert [begins.split()[0] for begins in tries[::2]] == [ends.split()[0] for ends in tries[1::2]]


def test_a_change_that_the_end_of_the_loop_finds_under_way_is_told_as_it_ends(tmp_path: Path) -> None:
    database, held = Database(tmp_path / "voicebox.db"), threading.Event()
    told: list[str] = []

    def change(connection: Connection) -> str:
        held.wait(10)
        put(connection, "late")
        return "late"

    async def request() -> None:
        told.append(await database.write(change))

    async def program() -> None:
        task = asyncio.create_task(request())
        await asyncio.sleep(0)
        task.cancel()
        threading.Timer(0.1, held.set).start()

    asyncio.run(program())
    database.close()
    with closing(sqlite3.connect(tmp_path / "voicebox.db")) as connection:
        rows = [key for (key,) in connection.execute("SELECT key FROM settings")]
    assert told == rows == ["late"]
