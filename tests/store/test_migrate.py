from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect

from sidecar.errors import StorageError
from sidecar.store import migrate
from sidecar.store.tables import metadata


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "voicebox.db"


def schema_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return version


def schema_in_header(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[migrate.USER_VERSION_AT :][:4])


def shape_of(connection: sqlite3.Connection, table: str) -> dict[str, Any]:
    """What queries can rely on: columns, primary key, defaults, foreign keys and unique columns."""
    columns = connection.execute(f"PRAGMA table_info ({table})").fetchall()
    keys = connection.execute(f"PRAGMA foreign_key_list ({table})").fetchall()
    unique = [row[1] for row in connection.execute(f"PRAGMA index_list ({table})") if row[3] == "u"]
    return {
        "columns": [
            # REAL is what SQLite calls a FLOAT, and an integer primary key is never null, said so or not.
            (name, type_.replace("FLOAT", "REAL"), bool(not_null or key), (default or "").strip("'"), key)
            for _, name, type_, not_null, default, key in columns
        ],
        "foreign keys": {(own, table, theirs, on_delete) for _, _, table, own, theirs, _, on_delete, _ in keys},
        "unique": {connection.execute(f"PRAGMA index_info ({index})").fetchone()[2] for index in unique},
    }


def test_the_migrations_make_the_tables_that_the_queries_are_written_for(path: Path, tmp_path: Path) -> None:
    migrate.migrate(path)
    declared = tmp_path / "declared.db"
    metadata.create_all(create_engine(f"sqlite:///{declared}"))
    with closing(sqlite3.connect(path)) as migrated, closing(sqlite3.connect(declared)) as expected:
        for table in metadata.tables:
            assert shape_of(migrated, table) == shape_of(expected, table), table
        names = {row[0] for row in migrated.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert {
        name for name in names if not name.startswith(("history_search", "history_terms", "sqlite_"))
    } == metadata.tables.keys()


def test_migrations_are_numbered_from_one_without_a_gap() -> None:
    numbers = [number for number, _ in migrate.migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_opening_again_changes_nothing(path: Path) -> None:
    migrate.migrate(path)
    before = path.read_bytes()
    migrate.migrate(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_newer_database_is_refused_and_not_touched(path: Path) -> None:
    migrate.migrate(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA user_version = 9001")
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"newer voicebox-sidecar \(schema 9001; this one knows \d+\)") as refusal:
        migrate.migrate(path)
    assert refusal.value.data["schema"] == 9001
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_newer_database_whose_number_is_in_its_log_only_is_refused_unopened(path: Path) -> None:
    migrate.migrate(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        migrate.require_known(path)
        # More than the last change of a program that was killed lies there.
        connection.executemany("INSERT INTO settings VALUES (?, ?)", ((str(key), "x" * 10_000) for key in range(100)))
        connection.execute("PRAGMA user_version = 9001")
        left = path.parent / "left"
        left.mkdir()
        for file in (path, path.with_name(f"{path.name}-wal")):
            (left / file.name).write_bytes(file.read_bytes())
    assert schema_in_header(left / path.name) == migrate.migrations()[-1][0]
    before = {file.name: file.read_bytes() for file in left.iterdir()}
    with pytest.raises(StorageError, match="schema 9001"):
        migrate.require_known(left / path.name)
    assert {file.name: file.read_bytes() for file in left.iterdir()} == before


def test_a_log_that_is_damaged_or_empty_is_left_to_the_opening(path: Path) -> None:
    migrate.migrate(path)
    for log in (b"", b"nonsense" * 1_000):
        path.with_name(f"{path.name}-wal").write_bytes(log)
        migrate.require_known(path)


def test_what_is_no_database_is_refused_and_not_touched(path: Path) -> None:
    path.write_bytes(b"This is a letter to my grandmother." * 100)
    before = path.read_bytes()
    with pytest.raises(StorageError, match="cannot be opened"):
        migrate.migrate(path)
    assert path.read_bytes() == before


def test_a_folder_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        migrate.migrate(tmp_path / "gone" / "voicebox.db")


def test_before_a_migration_the_file_is_backed_up_and_what_was_in_it_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate.migrate(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO settings VALUES ('theme', '\"dark\"')")
    newest = _add_migration(monkeypatch, "ALTER TABLE settings ADD COLUMN note TEXT;")
    migrate.migrate(path)
    assert schema_of(path) == newest
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM settings").fetchall() == [("theme", '"dark"', None)]
    backup = path.with_name(f"{path.name}.before-{newest:04}")
    assert schema_of(backup) == newest - 1
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT * FROM settings").fetchall() == [("theme", '"dark"')]


def test_a_new_database_is_made_whole_or_not_at_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _add_migration(monkeypatch, "CREATE TABLE jobs (id TEXT);")
    with pytest.raises(StorageError, match="already exists"):
        migrate.migrate(path)
    assert schema_of(path) == 0
    assert not inspect(create_engine(f"sqlite:///{path}")).has_table("jobs")


def test_a_migration_that_fails_leaves_the_database_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.migrate(path)
    newest = _add_migration(monkeypatch, "CREATE TABLE half (id TEXT);\nCREATE TABLE half (id TEXT);")
    with pytest.raises(StorageError, match="already exists"):
        migrate.migrate(path)
    assert schema_of(path) == newest - 1
    assert not inspect(create_engine(f"sqlite:///{path}")).has_table("half")


def _add_migration(monkeypatch: pytest.MonkeyPatch, sql: str) -> int:
    known = migrate.migrations()
    newest = known[-1][0] + 1
    monkeypatch.setattr(migrate, "migrations", lambda: [*known, (newest, sql)])
    return newest
