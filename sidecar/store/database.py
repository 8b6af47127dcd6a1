"""The one SQLite file: how it is opened, migrated, read and written.

Queries are plain functions of a connection; `read` and `write` run them off the event loop, each in one transaction.
Writes go one at a time through one thread, reads run beside them (write-ahead logging).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from sidecar.errors import StorageError
from sidecar.store.afterwards import Afterwards, do, note_from_now
from sidecar.store.belonging import count_change
from sidecar.store.migrate import migrate
from sidecar.store.remembered import forget
from sidecar.uninterrupted import to_the_end

T = TypeVar("T")
log = logging.getLogger(__name__)

READERS = 3
BROWSERS = 2
CLEANERS = 4
BUSY_TIMEOUT_MS = 5_000
STORAGE_RETRY_S = 1.0


class Database:
    """Open with the constructor (which migrates), use `read` and `write`, end with `close`.

    Raises:
        StorageError: the file cannot be opened, is no database, or was made by a newer program.

    """

    def __init__(self, path: Path) -> None:
        migrate(path)
        self._path, self._file = path, _identity(path)
        self._writer = _engine(path, "BEGIN IMMEDIATE", pool_size=1)
        self._reader = _engine(path, "BEGIN", pool_size=READERS + BROWSERS)
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="db-write")
        self._read_threads = ThreadPoolExecutor(READERS, thread_name_prefix="db-read")
        self._browse_threads = ThreadPoolExecutor(BROWSERS, thread_name_prefix="db-browse")
        self._afterwards_threads = ThreadPoolExecutor(CLEANERS, thread_name_prefix="db-afterwards")
        self._listeners: list[Callable[[], None]] = []
        self._insisting = asyncio.Lock()

    def on_write(self, heard: Callable[[], None]) -> None:
        """Call this on the event loop after each change that was made."""
        self._listeners.append(heard)

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query in a read transaction: one consistent picture of the database."""
        return await _told(self._begin(self._read_threads, self._reader, query))

    async def browse(self, query: Callable[[Connection], T]) -> T:
        """As `read`, for a query that may go through very many rows: it waits for its like, and no short one for it."""
        return await _told(self._begin(self._browse_threads, self._reader, query))

    async def write(self, change: Callable[[Connection], T]) -> T:
        """Run a change in a transaction. When this returns the change is on the disk; if it raises, nothing happened.

        A change that has begun is always finished, even if the caller is cancelled meanwhile: that takes effect where
        the caller waits next, so that it knows what became of the change.
        """

        def counted(connection: Connection) -> tuple[T, Afterwards]:
            noted = note_from_now(connection)
            before = _changes(connection)
            result = change(connection)
            # What only looked, for work say, has nothing that the disk would be waited for.
            if _changes(connection) > before:
                count_change(connection)
            return result, noted

        result, noted = await _told(to_the_end(self._begin(self._write_thread, self._writer, counted)))
        for heard in self._listeners:
            heard()
        # Not in the thread that writes: others need not wait for a thousand files to go.
        if noted:
            await to_the_end(asyncio.get_running_loop().run_in_executor(self._afterwards_threads, do, noted))
        return result

    async def insist(self, what: str, attempt: Callable[[], Awaitable[T]]) -> T:
        """Try until the database can be used: the queue outlives a full disk, and no job is left hanging.

        One try at a time: while another program holds the database, each keeps the user's requests waiting for as long
        as SQLite waits for it, and these shall be refused soon.
        """
        while True:
            try:
                async with self._insisting:
                    return await attempt()
            except StorageError as fault:
                log.error("%s is tried again in %g s: %s", what, STORAGE_RETRY_S, fault.message)
                await asyncio.sleep(STORAGE_RETRY_S)

    def close(self) -> None:
        """Finish the writes under way and fold the write-ahead log into the file."""
        self._write_thread.shutdown()
        self._afterwards_threads.shutdown()
        self._read_threads.shutdown()
        self._browse_threads.shutdown()
        self._reader.dispose()
        self._writer.dispose()

    def _begin(
        self, threads: ThreadPoolExecutor, engine: Engine, query: Callable[[Connection], T]
    ) -> asyncio.Future[T]:
        """A transaction that is under way, as a future: a task the end of the loop would cancel, and not the thread."""

        def transaction() -> T:
            # Before, so that no connection to another file is opened and kept; after, so that nothing lost is promised.
            self._require_in_place()
            with engine.begin() as connection:
                result = query(connection)
                self._require_in_place()
            return result

        return asyncio.get_running_loop().run_in_executor(threads, transaction)

    def _require_in_place(self) -> None:
        """SQLite goes on writing to a file that was removed or moved away, and what it writes there is lost."""
        if _identity(self._path) != self._file:
            raise StorageError(
                f"The data folder was removed, moved or replaced: the database that was opened is no longer at "
                f"{self._path}. Put it back, or start the program again."
            )


async def _told(result: Awaitable[T]) -> T:
    try:
        return await result
    except DatabaseError as fault:
        if isinstance(fault, OperationalError) or "malformed" in str(fault.orig):
            raise StorageError(
                f"The database could not be used: {fault.orig}. Check the free space and the permissions of the data "
                "folder, then try again."
            ) from fault
        raise


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _changes(connection: Connection) -> int:
    driver: Any = connection.connection.driver_connection
    return int(driver.total_changes)


def _casefolded(text: str | None) -> str | None:
    """What SQLite's own `lower` makes of ASCII only."""
    return None if text is None else text.casefold()


def _engine(path: Path, begin: str, pool_size: int) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        pool_size=pool_size,
        max_overflow=0,
        # The connection used last has its pages and what it remembers at hand.
        pool_use_lifo=True,
        connect_args={"check_same_thread": False},
        # An error that is logged must not tell what is said.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        # The driver would begin transactions only before some statements; SQLAlchemy's own BEGIN below is the only one.
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.create_function("casefold", 1, _casefolded, deterministic=True)

    event.listen(engine, "rollback", forget)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
