"""What earlier commits have left is opened, brought up to date and gone on with; what later ones will leave is not.

The folders are made by `build/old_data.py`, each by the program of its commit, and are as a kill has left them.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sidecar.store.migrate import migrate, migrations
from sidecar.store.snapshot import snapshot
from tests.bundle_attacks import MANIFEST, packed, told
from tests.process.conftest import start as start
from tests.process.sidecar_process import PATIENCE_S, SidecarProcess
from tests.upgrades.archives import DATA, Row, rows, schema_number, unpack

ARCHIVES = sorted(DATA.glob("*.tar.xz"))
NEWEST = migrations()[-1][0]
KILLED, FAILED = 1, 2
UNFINISHED = ("queued", "running")
GOES_ON = {"generations", "jobs", "transcriptions"}
"""Tables of what is done: of what was not done yet, only what was asked for stays as it was."""
ASKED = {"id", "profile_id", "profile_name", "text", "title", "language", "engine", "seed", "kind", "subject"}
PASSING = {"chunks", "settings", "usage"}
"""Tables that work which goes on empties, or adds to."""


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def data_dir(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A data folder that an earlier commit has left."""
    return unpack(request.param, tmp_path / "data")


@pytest.mark.process
@pytest.mark.models
def test_what_an_earlier_commit_left_is_migrated_and_gone_on_with(
    start: type[SidecarProcess], data_dir: Path, tmp_path: Path
) -> None:
    before, old_schema = read_aside(data_dir, tmp_path)
    files = named_files(data_dir, before)
    with start(data_dir) as sidecar:
        for job in before["jobs"]:
            if job["status"] in UNFINISHED:
                sidecar.event("job.finished", PATIENCE_S, job_id=job["id"], status="completed")
        assert sidecar.call("system.health")["status"] == "ok"
    after = rows(data_dir / "voicebox.db")

    assert_same_rows(before, after)
    assert {row["status"] for row in after["generations"]} == {"completed", "cancelled"}
    assert {path: digest(path) for path in files} == files
    for path in named_files(data_dir, after):
        assert path.stat().st_size, path
    assert_sound(data_dir / "voicebox.db")
    assert backups(data_dir) == {number: number - 1 for number in range(old_schema + 1, NEWEST + 1)}
    if old_schema < NEWEST:
        assert rows(data_dir / f"voicebox.db.before-{old_schema + 1:04}") == before
    first_backups = {path: path.stat().st_mtime_ns for path in data_dir.glob("voicebox.db.before-*")}
    with start(data_dir) as sidecar:
        assert sidecar.call("jobs.list", status="queued")["total"] == 0
    assert {path: path.stat().st_mtime_ns for path in data_dir.glob("voicebox.db.before-*")} == first_backups
    assert "Traceback" not in (data_dir / "logs" / "sidecar.log").read_text("utf-8")


@pytest.mark.process
def test_a_backup_of_its_time_is_restored(data_dir: Path, tmp_path: Path) -> None:
    before, _ = read_aside(data_dir, tmp_path)
    (tmp_path / "backup").write_bytes(backup(data_dir, tmp_path / "copy.db"))
    with SidecarProcess(tmp_path / "new") as sidecar:
        sidecar.call("system.restore", path=str(tmp_path / "backup"), wait=True)
    with SidecarProcess(tmp_path / "new") as sidecar:
        assert sidecar.call("system.health")["queue_depth"] == 0
    after = rows(tmp_path / "new" / "voicebox.db")
    assert {table: len(after[table]) for table in before} == {table: len(found) for table, found in before.items()}
    assert {row["status"] for row in after["generations"]} == {"completed", "cancelled"}
    kept = named_files(tmp_path / "new", after)
    assert list(kept.values()) == list(named_files(data_dir, before).values())
    assert_sound(tmp_path / "new" / "voicebox.db")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_kill_at_any_step_of_the_migration_leaves_the_old_or_the_new_of_it(tmp_path: Path) -> None:
    content = unpack(ARCHIVES[0], tmp_path / "old")
    before, old_schema = read_aside(content, tmp_path)
    kills = 0
    for step in steps():
        folder = unpack_database(content, tmp_path / str(step))
        if not killed_at(step, folder / "voicebox.db"):
            break
        kills += 1
        reached = schema_number(folder / "voicebox.db")
        assert old_schema <= reached <= NEWEST
        assert schema(folder / "voicebox.db") == fresh_schema(reached)
        assert_columns_kept(before, rows(folder / "voicebox.db"))
        migrate(folder / "voicebox.db")
        assert_sound(folder / "voicebox.db")
        assert_columns_kept(before, rows(folder / "voicebox.db"))
        assert rows(folder / f"voicebox.db.before-{old_schema + 1:04}") == before
    assert kills > 4 * (NEWEST - old_schema)


@pytest.mark.process
@pytest.mark.parametrize("folded_in", [True, False])
def test_a_newer_library_is_refused_and_not_one_byte_of_the_folder_changes(tmp_path: Path, folded_in: bool) -> None:
    data_dir = unpack(ARCHIVES[-1], tmp_path / "data")
    # As a newer program that was killed has left it: with a log, and the index of that.
    with closing(sqlite3.connect(data_dir / "voicebox.db", isolation_level=None)) as held:
        held.execute("PRAGMA user_version = 9001")
        if folded_in:
            held.execute("PRAGMA wal_checkpoint(FULL)")
        held.execute("INSERT INTO settings VALUES ('new', 'null')")
        left = tmp_path / "left"
        left.mkdir()
        for name in os.listdir(data_dir):
            os.rename(data_dir / name, left / name)
        before = tree(left)
        assert {"voicebox.db-wal", "voicebox.db-shm"} <= before.keys()
        refused = SidecarProcess(left)
        assert refused.wait_ended() == 1
        assert f"newer voicebox-sidecar (schema 9001; this one knows {NEWEST})" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert tree(left) == before


def test_every_schema_that_there_was_has_a_folder() -> None:
    assert {int(path.name[:4]) for path in ARCHIVES} >= {1, 2, 5, 6, 8, 9}
    assert sum(path.stat().st_size for path in ARCHIVES) < 2_500_000


def read_aside(data_dir: Path, tmp_path: Path) -> tuple[dict[str, list[Row]], int]:
    """The rows and the schema's number of a database, read in a copy, since reading folds the log in."""
    aside = unpack_database(data_dir, tmp_path / "aside") / "voicebox.db"
    return rows(aside), schema_number(aside)


def unpack_database(data_dir: Path, folder: Path) -> Path:
    """A folder with a copy of the database and its log."""
    folder.mkdir()
    for path in data_dir.glob("voicebox.db*"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def backup(data_dir: Path, copy: Path) -> bytes:
    """A backup of a data folder, with its database as it is."""
    snapshot(data_dir / "voicebox.db", copy, lambda: None)
    named = {str(path.relative_to(data_dir)) for path in named_files(data_dir, rows(copy))}
    chunks = {row["audio_path"] for row in rows(copy)["chunks"] if row["audio_path"]}
    files = {name: (data_dir / name).read_bytes() for name in sorted(named | chunks)}
    manifest = {
        "format": "voicebox-library",
        "format_version": 1,
        "program_version": "0.1.0",
        "created_at": "2026-01-01T00:00:00Z",
        "schema_number": schema_number(copy),
        "missing": [],
    }
    return packed(told({"voicebox.db": copy.read_bytes(), MANIFEST: json.dumps(manifest).encode()} | files))


def named_files(data_dir: Path, tables: dict[str, list[Row]]) -> dict[Path, str]:
    """Every file that a row names, but for those of chunks, which go when their take is done; and its digest."""
    columns = ("audio_path", "avatar_path")
    kept = (row for name, found in tables.items() if name != "chunks" for row in found)
    paths = {data_dir / row[column] for row in kept for column in columns if row.get(column)}
    return {path: digest(path) for path in sorted(paths)}


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tree(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Everything below a folder: mode, time of the last change in nanoseconds, content."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            path.stat().st_mtime_ns,
            digest(path) if path.is_file() else "",
        )
        for path in (folder, *folder.rglob("*"))
    }


def assert_same_rows(before: dict[str, list[Row]], after: dict[str, list[Row]]) -> None:
    """Whatever was there is there with the values that it had, but for work that has gone on since."""
    for table in before.keys() - PASSING:
        now = {identity(row): row for row in after[table]}
        for old in before[table]:
            row = now[identity(old)]
            if table in GOES_ON and old["status"] in UNFINISHED:
                assert row["status"] == "completed"
                old = {name: value for name, value in old.items() if name in ASKED}
            assert_kept(old, row, table)


def assert_columns_kept(before: dict[str, list[Row]], after: dict[str, list[Row]]) -> None:
    """Every old column of every old row has the value that it had."""
    for table, old_rows in before.items():
        assert len(after[table]) == len(old_rows), table
        for old, row in zip(old_rows, after[table], strict=True):
            assert_kept(old, row, table)


def assert_kept(old: Row, row: Row, table: str) -> None:
    """A row has the values that it had; what a job is to do may have been said in full since."""
    for name in old.keys() - {"announced"}:
        if (table, name) == ("jobs", "payload"):
            assert json.loads(old[name]).items() <= json.loads(row[name]).items()
        else:
            assert row[name] == old[name], (table, name)


def identity(row: Row) -> tuple[object, ...]:
    """What a row is known by."""
    return (row["id"],) if "id" in row else (row["project_id"], row["number"])


def assert_sound(database: Path) -> None:
    """The database is whole, keeps its promises, and is made as a new one."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert schema_number(database) == NEWEST
    assert schema(database) == fresh_schema(NEWEST)


def schema(database: Path) -> set[tuple[str, ...]]:
    """Tables, indexes and triggers, in the words that made them."""
    with closing(sqlite3.connect(database)) as connection:
        return set(connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_schema"))


def fresh_schema(number: int) -> set[tuple[str, ...]]:
    """The same of a new database of that number."""
    with closing(sqlite3.connect(":memory:")) as empty:
        for known, sql in migrations():
            if known <= number:
                empty.executescript(sql)
        return set(empty.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_schema"))


def backups(data_dir: Path) -> dict[int, int]:
    """The number of the migration that each backup was made before, and the schema that is in it."""
    return {int(path.name[-4:]): schema_number(path) for path in data_dir.glob("voicebox.db.before-*")}


def steps() -> Iterator[int]:
    """One, two, three, as many as it takes."""
    step = 0
    while True:
        yield (step := step + 1)


def killed_at(step: int, database: Path) -> bool:
    """Migrate in a process that is gone before its `step`-th statement; tells whether it came to that."""
    child = os.fork()
    if not child:
        left = iter(range(step - 1))

        class Counting(sqlite3.Connection):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                super().__init__(*arguments, **options)
                self.set_trace_callback(lambda _: None if next(left, None) is not None else os._exit(KILLED))

        connect = sqlite3.connect
        sqlite3.connect = partial(connect, factory=Counting)  # type: ignore[assignment]
        try:
            migrate(database)
        except BaseException:
            os._exit(FAILED)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, KILLED), code
    return code == KILLED
