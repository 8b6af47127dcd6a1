"""The few statements that every table shares. Each takes a connection and runs in its caller's transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, func, insert, select, update

from sidecar.errors import NotFound
from sidecar.store.values import Row, plain


def find(connection: Connection, table: Table, row_id: str) -> Row | None:
    """The row with this id, or None."""
    row = connection.execute(select(table).where(table.c.id == row_id)).mappings().first()
    return plain(row) if row else None


def get(connection: Connection, table: Table, row_id: str, resource: str) -> Row:
    """The row with this id. Raises `NotFound`, naming the resource."""
    row = find(connection, table, row_id)
    if row is None:
        raise NotFound(
            f"There is no {resource} {row_id!r}; list them to see which there are.", resource=resource, id=row_id
        )
    return row


def add(connection: Connection, table: Table, **values: Any) -> None:
    """Insert one row."""
    connection.execute(insert(table), values)


def change(connection: Connection, table: Table, row_id: str, **values: Any) -> bool:
    """Update the row with this id; whether there was one."""
    return connection.execute(update(table).where(table.c.id == row_id), values).rowcount > 0


def remove(connection: Connection, table: Table, row_id: str) -> None:
    """Delete the row with this id."""
    connection.execute(delete(table).where(table.c.id == row_id))


def page(connection: Connection, query: Select[Any], limit: int, offset: int) -> list[Row]:
    """The rows of one page of an ordered query."""
    return [plain(row) for row in connection.execute(query.limit(limit).offset(offset)).mappings()]


def count(connection: Connection, table: Table, *conditions: ColumnElement[bool]) -> int:
    """How many rows meet the conditions."""
    return count_all(connection, select(table).where(*conditions))


def count_all(connection: Connection, query: Select[Any]) -> int:
    """How many rows an unordered query has."""
    return int(connection.execute(query.with_only_columns(func.count(), maintain_column_froms=True)).scalar_one())
