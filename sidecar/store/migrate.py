"""Numbered migrations: `migrations/NNNN_name.sql`, each applied once, recorded in `PRAGMA user_version`."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from importlib import resources
from pathlib import Path

from sidecar.errors import StorageError

_NUMBERED = re.compile(r"(\d{4})_\w+\.sql")


def migrations() -> list[tuple[int, str]]:
    """Every migration as (number, SQL), in order."""
    found = []
    for entry in (resources.files("sidecar.store") / "migrations").iterdir():
        if match := _NUMBERED.fullmatch(entry.name):
            found.append((int(match[1]), entry.read_text("utf-8")))
    return sorted(found)


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
            if version > newest:
                raise StorageError(
                    f"The data folder was written by a newer voicebox-sidecar (schema {version}; this one knows "
                    f"{newest}). Install that version, or choose another folder with --data-dir.",
                    schema=version,
                    newest_known=newest,
                )
            for number, sql in known:
                if number > version:
                    if version:
                        _back_up(connection, path.with_name(f"{path.name}.before-{number:04}"))
                    _apply(connection, number, sql)
    except sqlite3.Error as fault:
        raise StorageError(
            f"The database {path} cannot be opened: {fault}. Check the permissions of the folder, or choose another "
            "one with --data-dir.",
            path=str(path),
        ) from fault


def _back_up(connection: sqlite3.Connection, path: Path) -> None:
    path.unlink(missing_ok=True)
    connection.execute("VACUUM INTO ?", (str(path),))


def _apply(connection: sqlite3.Connection, number: int, sql: str) -> None:
    # The schema and its number change in one transaction: a kill leaves either the old or the new one.
    connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;")
