"""Numbered migrations: `migrations/NNNN_name.sql`, each applied once, recorded in `PRAGMA user_version`."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing, suppress
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from sidecar.durable import publish
from sidecar.errors import StorageError

MAGIC = b"SQLite format 3\0"
USER_VERSION_AT = 60
"""Where `PRAGMA user_version` lies in a database file: four bytes, the largest first (SQLite's "File Format", 1.3)."""
LARGEST_PAGE = 65_536
_NUMBERED = re.compile(r"(\d{4})_\w+\.sql")


def migrations() -> list[tuple[int, str]]:
    """Every migration as (number, SQL), in order."""
    found = []
    for entry in (resources.files("sidecar.store") / "migrations").iterdir():
        if match := _NUMBERED.fullmatch(entry.name):
            found.append((int(match[1]), entry.read_text("utf-8")))
    return sorted(found)


def require_known(path: Path) -> None:
    """Refuse the database of a newer program without opening it, which would fold its log in and leave files beside it.

    Raises:
        StorageError: a newer program made it.

    """
    newest = migrations()[-1][0]
    # Of what is not there, cannot be read or is no database, the opening tells.
    with suppress(OSError, sqlite3.Error):
        with path.open("rb") as database:
            header = database.read(USER_VERSION_AT + 4)
        if header.startswith(MAGIC):
            _refuse_newer(int.from_bytes(header[USER_VERSION_AT:]), newest)
            if (log := _log_of(path)).exists():
                _refuse_newer(_number_with_log(path, log), newest)


def migrate(path: Path) -> None:
    """Bring the database at `path` up to date, making it if it is new; a backup is kept before each change.

    Raises:
        StorageError: the file is no database, or a newer program made it. It is left untouched.

    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            known = migrations()
            newest = known[-1][0]
            _refuse_newer(version, newest)
            if not version:
                # All at once: after a kill, half of a new database would be backed up as if it held something.
                _apply(connection, newest, "\n".join(sql for _, sql in known))
                return
            for number, sql in known:
                if number > version:
                    _back_up(connection, path.with_name(f"{path.name}.before-{number:04}"))
                    _apply(connection, number, sql)
    except (sqlite3.Error, OSError) as fault:
        raise StorageError(
            f"The database {path} cannot be opened: {fault}. Check the permissions of the folder, or choose another "
            "one with --data-dir.",
            path=str(path),
        ) from fault


def _number_with_log(path: Path, log: Path) -> int:
    """What a program that was killed has written last may be in the log only: SQLite reads it in a copy, elsewhere.

    The number lies in the first page. The copy holds no more, but is as long, or SQLite would take it for damaged.
    """
    with TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        with path.open("rb") as database, copy.open("wb") as first_page:
            first_page.write(database.read(LARGEST_PAGE))
            first_page.truncate(os.fstat(database.fileno()).st_size)
        shutil.copyfile(log, _log_of(copy))
        with closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro", uri=True)) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-wal")


def _refuse_newer(version: int, newest: int) -> None:
    if version > newest:
        raise StorageError(
            f"The data folder was written by a newer voicebox-sidecar (schema {version}; this one knows {newest}). "
            "Install that version, or choose another folder with --data-dir.",
            schema=version,
            newest_known=newest,
        )


def _back_up(connection: sqlite3.Connection, path: Path) -> None:
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    connection.execute("VACUUM INTO ?", (str(temporary),))
    publish(temporary, path)


def _apply(connection: sqlite3.Connection, number: int, sql: str) -> None:
    # The schema and its number change in one transaction: a kill leaves either the old or the new one.
    connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;")
