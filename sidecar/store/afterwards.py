"""What is done once a change is on the disk, and not at all if it never gets there: for files that no row names now."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import Connection

log = logging.getLogger(__name__)

KEY = "afterwards"
Afterwards = list[Callable[[], None]]


def once_written(connection: Connection, then: Callable[[], None]) -> None:
    """Have something done once the change under way is on the disk; `Database.write` returns when it is done.

    If it fails that is logged, since the change is made: what stays goes by the sweep of the next start. What is
    changed in a copy that is not the `Database` touches no file of ours.
    """
    connection.info.setdefault(KEY, []).append(then)


def note_from_now(connection: Connection) -> Afterwards:
    """Begin a change; gives where `once_written` puts what is to be done after it."""
    noted: Afterwards = []
    connection.info[KEY] = noted
    return noted


def do(noted: Afterwards) -> None:
    """Do it all, in the order in which it was noted."""
    for then in noted:
        try:
            then()
        except Exception:
            log.exception("what a change has left behind stays until the sweep of the next start")
