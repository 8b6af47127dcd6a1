from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

from sidecar.errors import Cancelled
from sidecar.store.migrate import migrate, migrations
from sidecar.store.snapshot import (
    Unsound,
    is_the_disks,
    opened,
    require_readable,
    require_sound,
    schema_number,
    snapshot,
    stoppable,
)
from sidecar.store.tables import settings

ROWS = 20_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    migrate(tmp_path / "voicebox.db")
    return tmp_path / "voicebox.db"


def carry_on() -> None:
    """For those who never stop."""


def test_a_copy_made_while_others_write_is_of_one_moment(path: Path, tmp_path: Path) -> None:
    copy, copying, written = tmp_path / "copy.db", threading.Event(), threading.Event()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO settings VALUES (?, ?)", ((f"{n:06}", '"x"' * 50) for n in range(ROWS)))
        connection.execute("COMMIT")

    def write() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            copying.wait()
            connection.execute("UPDATE settings SET value = '\"y\"'")
            written.set()

    def once_begun() -> None:
        copying.set()
        assert written.wait(10)

    writer = threading.Thread(target=write)
    writer.start()
    snapshot(path, copy, once_begun)
    writer.join()
    with opened(copy) as connection:
        require_sound(connection)
        counted = connection.exec_driver_sql("SELECT count(*), count(DISTINCT value) FROM settings").one()
        assert tuple(counted) == (ROWS, 1)
        assert schema_number(connection) == migrations()[-1][0]
    assert {entry.name for entry in tmp_path.glob("copy.db*")} == {"copy.db"}


def test_a_fault_tells_the_statement_and_not_what_was_to_be_stored(path: Path) -> None:
    with opened(path) as connection:
        row = insert(settings).values(key="Wombat", value=1)
        connection.execute(row)
        with pytest.raises(IntegrityError) as fault:
            connection.execute(row)
    assert "INSERT INTO settings" in str(fault.value)
    assert "Wombat" not in str(fault.value)


def test_a_copy_can_be_stopped(path: Path, tmp_path: Path) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        snapshot(path, tmp_path / "copy.db", stop)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("CREATE TRIGGER evil AFTER UPDATE ON jobs BEGIN DELETE FROM profiles; END", "trigger evil"),
        ("CREATE VIEW evil AS SELECT 1", "view evil"),
        ("DROP TABLE chunks", "chunks"),
        ("ALTER TABLE settings ADD COLUMN evil TEXT", "table settings"),
        (
            "INSERT INTO versions (id, generation_id, label, kind, audio_path, duration_s, sample_rate, created_at) "
            "VALUES ('v', 'nobody', 'x', 'take', 'x', 1, 1, 'x')",
            "rows that are not there",
        ),
    ],
)
def test_a_database_that_is_not_as_ours_are_is_told(path: Path, change: str, told: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(change)
    with pytest.raises(Unsound, match=told), opened(path) as connection:
        require_sound(connection)


@pytest.mark.parametrize("number", range(1, len(migrations()) + 1))
def test_a_database_of_any_schema_is_known_as_ours_until_something_is_added(tmp_path: Path, number: int) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db", isolation_level=None)) as connection:
        for _, sql in migrations()[:number]:
            connection.executescript(sql)
        connection.execute(f"PRAGMA user_version = {number}")
        with opened(tmp_path / "old.db") as unchanged:
            require_sound(unchanged)
        connection.execute("CREATE INDEX evil ON jobs (hex(payload))")
    with pytest.raises(Unsound, match="index evil"), opened(tmp_path / "old.db") as changed:
        require_sound(changed)


@pytest.mark.parametrize("value", ["'{'", "x'ff'", "'" + "[" * 5_000 + "]" * 5_000 + "'", "'1' || char(0)"])
def test_a_value_that_cannot_be_read_is_told(path: Path, value: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"INSERT INTO settings VALUES ('device', {value})")
    with pytest.raises(Unsound, match="settings"), opened(path) as connection:
        require_readable(connection)


def test_a_damaged_database_is_told(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET rootpage = 3 WHERE name = 'settings'")
    with pytest.raises(Unsound), opened(path) as connection:
        require_sound(connection)


def test_what_sqlite_computes_can_be_stopped_and_another_fault_is_what_it_was(path: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    def stop() -> None:
        raise Cancelled("Enough.")

    with opened(path) as connection, pytest.raises(Cancelled), stoppable(connection, stop):
        connection.exec_driver_sql(endless)
    with opened(path) as connection, pytest.raises(OperationalError), stoppable(connection, lambda: None):
        connection.exec_driver_sql("SELECT nothing")


def test_a_disk_that_is_full_is_told_from_a_database_that_is_damaged(path: Path) -> None:
    with opened(path) as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        with pytest.raises(DatabaseError) as full:
            connection.exec_driver_sql("CREATE TABLE much AS SELECT zeroblob(1000000)")
    assert is_the_disks(full.value)
    path.write_bytes(b"no database" * 1_000)
    with pytest.raises(DatabaseError) as damaged, opened(path) as connection:
        schema_number(connection)
    assert not is_the_disks(damaged.value)
