"""Copies of the database: made while others write, and looked into before they are trusted."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, select
from sqlalchemy.exc import DatabaseError

from sidecar.errors import StorageError
from sidecar.store.migrate import migrations
from sidecar.store.tables import metadata

PAGES_AT_ONCE = 1_000
ROWS_AT_ONCE = 1_000
STEPS_AT_ONCE = 100_000
"""Of SQLite's virtual machine: some milliseconds."""


class Unsound(Exception):
    """What is wrong with a database, in a few words."""


def snapshot(database: Path, copy: Path, go_on: Callable[[], None]) -> None:
    """Copy the database as it is now into one new file, while others go on writing (SQLite's backup API).

    `go_on` is called every few pages and may raise to stop the work.
    """
    with closing(sqlite3.connect(database, isolation_level=None)) as source, closing(sqlite3.connect(copy)) as target:
        # An open read transaction holds the picture still: without one, every write of others would begin it anew.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        source.backup(target, pages=PAGES_AT_ONCE, progress=lambda *_: go_on())
        target.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def opened(database: Path) -> Iterator[Connection]:
    """A transaction in a copy that nobody else uses; what is left afterwards is one file."""
    engine = create_engine(f"sqlite:///{database}", hide_parameters=True)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
            # What a stranger's views and triggers may call stays within the file, until they are known to be ours.
            connection.exec_driver_sql("PRAGMA trusted_schema = OFF")
            # A row that is deleted takes those along that belong to it.
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            yield connection
            connection.commit()
    finally:
        engine.dispose()


@contextmanager
def stoppable(connection: Connection, go_on: Callable[[], None]) -> Iterator[None]:
    """Call `go_on` again and again while SQLite computes; what it raises ends that, and comes out here."""
    raised: list[BaseException] = []

    def is_over() -> bool:
        try:
            go_on()
        except BaseException as stop:
            raised.append(stop)
        return bool(raised)

    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(is_over, STEPS_AT_ONCE)
    try:
        yield
    except DatabaseError:
        if raised:
            raise raised[0] from None
        raise
    finally:
        driver.set_progress_handler(None, 0)


def is_the_disks(fault: DatabaseError | StorageError) -> bool:
    """Whether the disk, or the rights to it, kept SQLite from working, and not what the database holds."""
    cause = fault.orig if isinstance(fault, DatabaseError) else fault.__cause__
    code = getattr(cause, "sqlite_errorcode", 0)
    return isinstance(cause, OSError) or code & 0xFF in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
    )


def schema_number(connection: Connection) -> int:
    """Which migration the database is at."""
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def require_sound(connection: Connection) -> None:
    """Raise unless a database is whole and its schema is exactly what our migrations up to its number make.

    The schema comes first: whatever else is done with a database, even looking for damage or bringing it up to date,
    computes what its triggers, views and checks say, and a stranger's may never come to an end.

    Raises:
        Unsound: what is wrong with it.

    """
    theirs = {tuple(row) for row in connection.exec_driver_sql(_SCHEMA)}
    if strange := theirs ^ _our_schema(schema_number(connection)):
        raise Unsound(f"its {' '.join(map(str, min(strange, key=str)[:2]))[:200]} is not as this program makes it")
    verdict = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    if verdict != "ok":
        raise Unsound(f"SQLite says of it: {verdict}")
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise Unsound("some of its rows belong to rows that are not there")


def require_readable(connection: Connection) -> None:
    """Raise unless every value of an up-to-date database can be read: SQLite takes anything in any column.

    Raises:
        Unsound: which table holds what cannot.

    """
    for table in metadata.sorted_tables:
        try:
            for row in connection.execute(select(table).execution_options(yield_per=ROWS_AT_ONCE)):
                if any(isinstance(value, bytes) for value in row):
                    raise Unsound(f"its table {table.name} holds bytes that are no text")
        except (ValueError, RecursionError):
            raise Unsound(f"its table {table.name} holds what is no JSON") from None


# As text, whatever a stranger has put there.
_SCHEMA = "SELECT CAST(type AS TEXT), CAST(name AS TEXT), CAST(coalesce(sql, '') AS TEXT) FROM sqlite_schema"


def _our_schema(number: int) -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as empty:
        for known, sql in migrations():
            if known <= number:
                empty.executescript(sql)
        return {tuple(row) for row in empty.execute(_SCHEMA)}
