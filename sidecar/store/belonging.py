"""Whether the database is the one that the files in the data folder belong to.

The database has an id and counts its changes; a mark beside the folders of files has the same id and follows the
count, never ahead of it. So a database that was made anew has another id, and one that is an older copy has counted
less than the mark: neither knows all the files that are there. The mark's name is not one of SQLite's, so that nobody
who puts a database back brings an older mark along.
"""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from sidecar.durable import publish
from sidecar.operating_system import sync_folder
from sidecar.store.files import FileStore
from sidecar.store.tables import library
from sidecar.store.values import new_id


class Library(NamedTuple):
    """Which library a database is, and how often it was changed."""

    id: str
    changes: int


def library_of(connection: Connection) -> Library | None:
    """What the database says of itself; nothing, if a stranger made it."""
    row = connection.execute(select(library.c.id, library.c.changes)).first()
    return Library(row.id, row.changes) if row else None


def count_change(connection: Connection) -> None:
    """Count the change that this transaction makes."""
    connection.execute(update(library).values(changes=library.c.changes + 1))


def become_another(connection: Connection) -> Library:
    """Take a new id, so that the database that this one was put in the place of is a stranger here from now on."""
    connection.execute(delete(library))
    another = Library(new_id(), 0)
    connection.execute(insert(library), another._asdict())
    return another


class Mark:
    """The file that says which library the others in the data folder belong to."""

    def __init__(self, files: FileStore) -> None:
        self._path = files.mark
        self._temporary = files.temporary(".mark")

    def fits(self, now: Library | None) -> bool:
        """Whether the database that says this of itself is the one that was marked, and no older copy of it."""
        marked = self._read()
        return marked is not None and now is not None and now.id == marked.id and now.changes >= marked.changes

    def set(self, now: Library) -> None:
        """Mark the files as this library's, durably."""
        self._temporary.write_bytes(_written(now))
        publish(self._temporary, self._path)

    def forget(self) -> None:
        """Have no database fit until `set`, durably: one that grows would catch up with the mark of another."""
        if self._read() is not None:
            self._path.unlink()
            sync_folder(self._path.parent)

    def follow(self, now: Library) -> None:
        """Note the changes since, in place: what a power cut takes of that costs only some of the mark's sharpness."""
        with suppress(OSError), self._path.open("r+b") as mark:
            mark.write(_written(now))

    def _read(self) -> Library | None:
        """What is marked; nothing, if nothing is, or something else has that name."""
        try:
            marked_id, changes = self._path.read_text("ascii").split()
            return Library(marked_id, int(changes))
        except (OSError, ValueError):
            return None


def _written(now: Library) -> bytes:
    """As many bytes whatever the count, since one is written over the other."""
    return f"{now.id} {now.changes:020}\n".encode("ascii")
