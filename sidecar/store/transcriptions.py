"""Queries on transcriptions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from sidecar.store import rows
from sidecar.store.search import holds
from sidecar.store.tables import transcriptions
from sidecar.store.values import Row, new_id, utc_now


def insert_transcription(connection: Connection, **values: Any) -> str:
    """Insert a queued transcription and give its id."""
    transcription_id = new_id()
    rows.add(connection, transcriptions, id=transcription_id, status="queued", created_at=utc_now(), **values)
    return transcription_id


def get_transcription(connection: Connection, transcription_id: str) -> Row:
    """A transcription. Raises `NotFound`."""
    return rows.get(connection, transcriptions, transcription_id, "transcription")


def list_transcriptions(
    connection: Connection, status: str | None, search: str | None, limit: int, offset: int
) -> tuple[list[Row], int]:
    """One page of transcriptions, newest first, and how many match in all."""
    conditions: list[ColumnElement[bool]] = []
    if status is not None:
        conditions.append(transcriptions.c.status == status)
    if search is not None:
        conditions.append(holds(transcriptions.c.text, search))
    query = select(transcriptions).where(*conditions).order_by(transcriptions.c.seq.desc())
    return rows.page(connection, query, limit, offset), rows.count(connection, transcriptions, *conditions)
