"""Queries on the settings: only what differs from the defaults is stored, and what nobody here knows is left alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from sidecar.store.tables import settings


def stored(connection: Connection) -> dict[str, Any]:
    """Every stored setting, those of other versions of the program too."""
    return {row.key: row.value for row in connection.execute(select(settings.c.key, settings.c.value))}


def put(connection: Connection, values: dict[str, Any]) -> None:
    """Store settings, over what was there."""
    for key, value in values.items():
        statement = insert(settings).values(key=key, value=value)
        connection.execute(statement.on_conflict_do_update(index_elements=[settings.c.key], set_={"value": value}))


def drop_others(connection: Connection, keys: Iterable[str]) -> None:
    """Forget every setting but these."""
    connection.execute(delete(settings).where(settings.c.key.not_in(list(keys))))


def drop(connection: Connection, keys: Iterable[str]) -> None:
    """Forget settings; one that is not stored is no fault."""
    connection.execute(delete(settings).where(settings.c.key.in_(list(keys))))
