"""Answers that cost a walk through a whole index, kept as long as the database stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

T = TypeVar("T")

KEPT = 100


def remembered(connection: Connection, question: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` answers, asked again only when the database has changed since. Kept with the connection.

    `data_version` counts the changes of other connections, `total_changes` those of this one, but neither what is
    rolled back: then `forget`.
    """
    driver: Any = connection.connection.driver_connection
    version = connection.exec_driver_sql("PRAGMA data_version").scalar_one(), driver.total_changes
    known_version, answers = connection.info.get(__name__, (None, {}))
    if known_version != version or len(answers) == KEPT:
        answers = {}
    if question not in answers:
        answers[question] = ask()
    connection.info[__name__] = version, answers
    return cast(T, answers[question])


def forget(connection: Connection) -> None:
    """Forget every answer, some of which may rest on what has just been rolled back."""
    connection.info.pop(__name__, None)
