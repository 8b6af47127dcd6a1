"""Queries on the lines of the scripts that projects were made from."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from sidecar.store import rows
from sidecar.store.tables import generations, project_lines, project_markers
from sidecar.store.values import Row, plain


def list_lines(connection: Connection, project_id: str, limit: int, offset: int) -> tuple[list[Row], int]:
    """One page of a project's lines in their order, as `get_line`, and how many there are."""
    here = project_lines.c.project_id == project_id
    query = _told(here).order_by(project_lines.c.position, project_lines.c.id)
    return rows.page(connection, query, limit, offset), rows.count(connection, project_lines, here)


def get_line(connection: Connection, line_id: str) -> Row:
    """A line with its `chapter`, the title of its marker, and its generation's `status` and `error`.

    Raises:
        NotFound: there is no such line.

    """
    rows.get(connection, project_lines, line_id, "line")
    return plain(connection.execute(_told(project_lines.c.id == line_id)).mappings().one())


def unspoken(connection: Connection, project_id: str) -> list[Row]:
    """Those of a project's lines, as `get_line`, that never had a clip."""
    silent = (project_lines.c.project_id == project_id) & project_lines.c.clip_id.is_(None)
    query = _told(silent).order_by(project_lines.c.position)
    return [plain(row) for row in connection.execute(query).mappings()]


def spoken_by(connection: Connection, project_id: str) -> list[str]:
    """The generations that speak a project's lines, in the order of these."""
    lines = project_lines.c
    query = select(lines.generation_id).where(lines.project_id == project_id, lines.generation_id.is_not(None))
    return list(connection.execute(query.order_by(lines.position)).scalars())


def with_audio(connection: Connection, project_id: str) -> set[str]:
    """Those generations of a project's lines that have audio."""
    spoken = project_lines.join(generations, generations.c.id == project_lines.c.generation_id)
    there = (project_lines.c.project_id == project_id) & generations.c.default_version_id.is_not(None)
    return set(connection.execute(select(generations.c.id).select_from(spoken).where(there)).scalars())


def languages(connection: Connection, project_id: str) -> list[str]:
    """The languages in which a project's lines are spoken."""
    spoken = project_lines.join(generations, generations.c.id == project_lines.c.generation_id)
    query = select(generations.c.language).select_from(spoken).where(project_lines.c.project_id == project_id)
    return list(connection.execute(query.distinct()).scalars())


def profiles_of(connection: Connection, generation_ids: Collection[str]) -> dict[str, str]:
    """The profile of each of these generations."""
    query = select(generations.c.id, generations.c.profile_id).where(generations.c.id.in_(generation_ids))
    return dict(connection.execute(query).all())


def _told(condition: ColumnElement[bool]) -> Select[Any]:
    with_rest = project_lines.outerjoin(generations, generations.c.id == project_lines.c.generation_id)
    with_rest = with_rest.outerjoin(project_markers, project_markers.c.id == project_lines.c.marker_id)
    more = (project_markers.c.title.label("chapter"), generations.c.status, generations.c.error)
    return select(project_lines, *more).select_from(with_rest).where(condition)
