"""What must hold in a data folder whose sidecar has nothing to do, or has ended. Each look tells what does not."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import soundfile

from sidecar.store.files import DATABASE, FOLDERS, MARK
from tests.torture.ledger import TABLES, Rows

DURATION_TOLERANCE_S = 1e-3
NAMES_FILES = {
    "samples": "audio_path",
    "versions": "audio_path",
    "chunks": "audio_path",
    "project_sources": "audio_path",
    "transcriptions": "audio_path",
    "profiles": "avatar_path",
}
"""Which column of which table names a file of the library."""
DATABASE_FILES = {DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"}
AT_THE_TOP = DATABASE_FILES | {MARK, "lock", "audio", "avatars", "cache", "tmp", "logs", "models"}
BEFORE_MIGRATION = f"{DATABASE}.before-"
"""How the copies of the database begin that are made before it is migrated."""
SOUND = {".wav", ".flac", ".ogg", ".mp3"}
ARCHIVES = {".zip", ".voice", ".project", ".voicebox"}

COMPLETED_BUT_SILENT = (
    "SELECT id FROM generations AS g WHERE status = 'completed' AND NOT EXISTS "
    "(SELECT 1 FROM versions AS v WHERE v.id = g.default_version_id AND v.generation_id = g.id)"
)


COUNTED = "SELECT status, engine, favorite, count(*), sum(audio_us) FROM history_counted GROUP BY 1, 2, 3"
KEPT = "SELECT * FROM history_totals WHERE generations > 0"


class Decoder:
    """Tells how long the sound in a file is; each file is decoded once as long as it stays as it is."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[int, int, float]] = {}

    def duration_s(self, path: Path) -> float:
        """Of what can be decoded of it, in seconds. Raises `soundfile.SoundFileError` or `OSError`."""
        status = path.stat()
        size, time_ns, duration_s = self._known.get(path, (0, 0, 0.0))
        if (size, time_ns) != (status.st_size, status.st_mtime_ns):
            samples, rate = soundfile.read(path)
            duration_s = len(samples) / rate
            self._known[path] = status.st_size, status.st_mtime_ns, duration_s
        return duration_s


def rows_of(data_dir: Path) -> Rows:
    """Every row that a client can know of, by its id."""
    with closing(connect(data_dir)) as database:
        found = {table: {row["id"]: row for row in _all(database, f"SELECT * FROM {table}")} for table in TABLES[:-1]}
        # A number that is written as JSON comes back from SQLite as that number.
        found["settings"] = {
            row["key"]: {"value": json.loads(str(row["value"]))} for row in _all(database, "SELECT * FROM settings")
        }
        found["jobs"] = {row["id"]: row for row in _all(database, "SELECT id, status, announced FROM jobs")}
    return found


def unsound_database(data_dir: Path) -> Iterator[str]:
    """What SQLite's own checks find, and what is out of step with the index of the search."""
    with closing(connect(data_dir)) as database:
        try:
            for check in ("integrity_check", "foreign_key_check"):
                for finding in database.execute(f"PRAGMA {check}"):
                    if tuple(finding) != ("ok",):
                        yield f"{check}: {tuple(finding)}"
        except sqlite3.DatabaseError as fault:
            yield f"integrity_check: {fault}"
            return
        searched = {row[0] for row in database.execute("SELECT id FROM history_search_docsize")}
        if searched ^ {row[0] for row in database.execute("SELECT seq FROM generations")}:
            yield "the index of the search and the generations are not the same"
        if set(map(tuple, database.execute(COUNTED))) != set(map(tuple, database.execute(KEPT))):
            yield "the totals of the history are not those of its rows"


def unfinished_work(data_dir: Path) -> Iterator[str]:
    """What is on its way though nothing works on it, and what has ended without what it should have left."""
    with closing(connect(data_dir)) as database:
        for row in _all(database, "SELECT id, kind, status FROM jobs WHERE status IN ('queued', 'running')"):
            yield f"the {row['kind']} job {row['id']} is {row['status']}"
        for table in ("generations", "transcriptions"):
            for row in _all(database, f"SELECT id, status FROM {table} WHERE status IN ('queued', 'running')"):
                yield f"{table} {row['id']} is {row['status']}, and nothing works on it"
        for row in _all(database, COMPLETED_BUT_SILENT):
            yield f"the generation {row['id']} is completed and has no audio"
        for row in _all(database, "SELECT version_id FROM chunks WHERE version_id IN (SELECT id FROM versions)"):
            yield f"there are chunks of version {row['version_id']}, which is complete"


def untold_ends(data_dir: Path) -> Iterator[str]:
    """Jobs whose end the client has heard, though nobody noted it; only after an end of which the sidecar knew."""
    with closing(connect(data_dir)) as database:
        for row in _all(database, "SELECT id, kind, status FROM jobs WHERE NOT announced"):
            yield f"of the {row['kind']} job {row['id']}, which is {row['status']}, it was not noted that it was told"


def damaged_files(data_dir: Path, decoder: Decoder) -> Iterator[str]:
    """Files that a row names and that are not there, cannot be decoded, or are longer or shorter than it says."""
    with closing(connect(data_dir)) as database:
        for table, column in NAMES_FILES.items():
            for row in _all(database, f"SELECT * FROM {table} WHERE {column} IS NOT NULL"):
                try:
                    duration_s = decoder.duration_s(data_dir / row[column])
                except (OSError, soundfile.SoundFileError) as fault:
                    yield f"the file of {table} {row.get('id')}: {fault}"
                    continue
                wanted_s = _duration_s(row)
                if wanted_s is not None and abs(duration_s - wanted_s) > DURATION_TOLERANCE_S:
                    yield f"the file of {table} {row.get('id')} has {duration_s} s, its row says {wanted_s}"


def stray_files(data_dir: Path) -> Iterator[str]:
    """Files that no row names, what is temporary, and whatever else does not belong there."""
    with closing(connect(data_dir)) as database:
        claimed = {
            row[0]
            for table, column in NAMES_FILES.items()
            for row in database.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
        }
    for folder in FOLDERS.values():
        for path in (data_dir / folder).iterdir():
            if path.is_file() and str(path.relative_to(data_dir)) not in claimed:
                yield f"no row names {path.relative_to(data_dir)}"
    for path in (*(data_dir / "tmp").iterdir(), *(data_dir / "cache").rglob("*.tmp")):
        yield f"{path.relative_to(data_dir)} was left behind"
    for path in data_dir.iterdir():
        if path.name not in AT_THE_TOP and not path.name.startswith(BEFORE_MIGRATION):
            yield f"{path.name} does not belong into a data folder"


def damaged_exports(folder: Path, decoder: Decoder) -> Iterator[str]:
    """Files that were written for the user and are not whole, and parts of such files."""
    for path in folder.iterdir():
        if path.suffix in SOUND:
            try:
                decoder.duration_s(path)
            except soundfile.SoundFileError as fault:
                yield f"the exported {path.name}: {fault}"
        elif path.suffix in ARCHIVES:
            if not zipfile.is_zipfile(path) or zipfile.ZipFile(path).testzip() is not None:
                yield f"the exported {path.name} is no whole archive"
        else:
            yield f"{path.name} was left beside what was exported"


def connect(data_dir: Path) -> sqlite3.Connection:
    """The database, for reading only, whether a sidecar runs or not."""
    database = sqlite3.connect(f"file:{data_dir / DATABASE}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    return database


def _all(database: sqlite3.Connection, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in database.execute(query)]


def _duration_s(row: dict[str, Any]) -> float | None:
    if row.get("frames") is not None:
        return float(row["frames"] / row["sample_rate"])
    return row.get("duration_s")
