"""Queries on projects and on what stands in them."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    FromClause,
    Integer,
    Select,
    Table,
    bindparam,
    case,
    cast,
    func,
    select,
)

from sidecar.store import rows
from sidecar.store.search import holds
from sidecar.store.tables import (
    generations,
    project_clips,
    project_lines,
    project_markers,
    project_sources,
    project_tracks,
    projects,
    versions,
)
from sidecar.store.values import LONGEST_STEM, Row, new_id, numbered, plain, utc_now

Sort = Literal["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"]

GENERATED_CHANNELS = 1
FEW_IDS = 500
"""So many are asked for by name, more by reading all of a project; SQLite bounds the values of one statement."""
ROUNDING = 64
"""Samples by which an end that SQL computes may be away from the true one: a frame of a source of 1 kHz, and more."""


def project(connection: Connection, project_id: str) -> Row:
    """A project's own row. Raises `NotFound`."""
    return rows.get(connection, projects, project_id, "project")


def insert_project(connection: Connection, **values: Any) -> str:
    """Insert a project without anything in it, made now unless `created_at` says when, and give its id."""
    project_id, now = new_id(), utc_now()
    rows.add(connection, projects, **{"id": project_id, "created_at": now, "updated_at": now} | values)
    return project_id


def list_projects(
    connection: Connection, search: str | None, sort: Sort, limit: int, offset: int
) -> tuple[list[Row], int]:
    """One page of projects, with their `track_count` and `clip_count`, and how many match in all."""
    conditions: list[ColumnElement[bool]] = []
    if search:
        conditions.append(holds(projects.c.name, search) | holds(projects.c.description, search))
    column = projects.c[sort.lstrip("-")]
    order = (column.desc(), projects.c.seq.desc()) if sort.startswith("-") else (column, projects.c.seq)
    query = select(projects, _count(project_tracks, "track_count"), _count(project_clips, "clip_count"))
    found = rows.page(connection, query.where(*conditions).order_by(*order), limit, offset)
    return found, rows.count(connection, projects, *conditions)


def tracks_of(connection: Connection, project_id: str) -> list[Row]:
    """A project's tracks in their order."""
    query = select(project_tracks).where(project_tracks.c.project_id == project_id)
    return _rows(connection, query.order_by(project_tracks.c.position, project_tracks.c.id))


def clips_of(connection: Connection, project_id: str, *conditions: ColumnElement[bool]) -> list[Row]:
    """A project's clips in the order of their starts, or those of them that meet conditions on `project_clips`.

    Each row has the columns of `project_clips` and what the clip plays: `source_name`; `generation_id`; `version_id`,
    the version that is heard now, and `pinned_version_id`, which is None where the generation's default version is
    followed; `audio_path`, relative to the data folder, `frames`, `sample_rate` (Hz) and `channels` of that file;
    `status`; `text`, `language` and `profile_name`. All of these are None for silence; the file's are None as long as
    there is none.
    """
    query = _clips().where(project_clips.c.project_id == project_id, *conditions)
    return _rows(connection, query.order_by(project_clips.c.start, project_clips.c.id))


def clips_named(connection: Connection, project_id: str, ids: Collection[str]) -> list[Row]:
    """Those of a project's clips that have these ids, as `clips_of`."""
    if not ids:
        return []
    if len(ids) > FEW_IDS:
        return [row for row in clips_of(connection, project_id) if row["id"] in ids]
    return clips_of(connection, project_id, project_clips.c.id.in_(ids))


def played(connection: Connection, source_id: str) -> Row:
    """What a source plays, in the columns that `clips_of` adds to a clip's own."""
    query = select(*_played_columns()).select_from(_with_audio(project_sources))
    return plain(connection.execute(query.where(project_sources.c.id == source_id)).mappings().one())


def markers_of(connection: Connection, project_id: str) -> list[Row]:
    """A project's markers in the order of their times."""
    query = select(project_markers).where(project_markers.c.project_id == project_id)
    return _rows(connection, query.order_by(project_markers.c.at, project_markers.c.id))


def lines_of(connection: Connection, project_id: str) -> list[Row]:
    """The lines of the script that a project was made from, in their order."""
    query = select(project_lines).where(project_lines.c.project_id == project_id)
    return _rows(connection, query.order_by(project_lines.c.position, project_lines.c.id))


def last_clips(connection: Connection, project_ids: Collection[str]) -> list[Row]:
    """The clips of each project among which is the one that ends last: rows as those of `clips_of`.

    SQL cannot compute an end exactly (see `played_frames`), but it can leave out all that end earlier.
    """
    return _rows(connection, _last_clips(), project_ids=list(project_ids))


def free_name(connection: Connection, name: str) -> str:
    """The first of "name (2)", "name (3)" … that no project has."""
    alike = projects.c.name.startswith(name[:LONGEST_STEM].rstrip(), autoescape=True)
    taken = set(connection.execute(select(projects.c.name).where(alike)).scalars())
    number = 2
    while numbered(name, number) in taken:
        number += 1
    return numbered(name, number)


@cache
def _last_clips() -> Select[Any]:
    source_length = cast(_frames(), Float) * projects.c.sample_rate / (_sample_rate() * project_clips.c.speed)
    played = func.max(0.0, func.coalesce(source_length, 0.0) - project_clips.c.trim_start - project_clips.c.trim_end)
    end = project_clips.c.start + case((project_clips.c.length.is_not(None), project_clips.c.length), else_=played)
    last = func.max(end).over(partition_by=project_clips.c.project_id)
    with_projects = project_clips.join(projects, projects.c.id == project_clips.c.project_id)
    ends = (
        select(project_clips.c.id, end.label("end"), last.label("last"))
        .select_from(_with_audio(_with_sources(with_projects)))
        .where(project_clips.c.project_id.in_(bindparam("project_ids", expanding=True)))
        .subquery()
    )
    return _clips().where(project_clips.c.id.in_(select(ends.c.id).where(ends.c.end >= ends.c.last - ROUNDING)))


# Putting an expression together takes longer than running it, so those that every edit needs are put together once.
@cache
def _clips() -> Select[Any]:
    return select(project_clips, *_played_columns()).select_from(_with_audio(_with_sources(project_clips)))


def _with_sources(clips: FromClause) -> FromClause:
    return clips.outerjoin(project_sources, project_sources.c.id == project_clips.c.source_id)


def _with_audio(sources: FromClause) -> FromClause:
    heard = func.coalesce(project_sources.c.version_id, generations.c.default_version_id)
    with_generations = sources.outerjoin(generations, generations.c.id == project_sources.c.generation_id)
    return with_generations.outerjoin(versions, versions.c.id == heard)


def _played_columns() -> list[ColumnElement[Any]]:
    own = project_sources.c
    spoken_channels = case((versions.c.id.is_not(None), GENERATED_CHANNELS))
    status = case((own.audio_path.is_not(None), "completed"), (own.id.is_not(None), "deleted"))
    return [
        own.name.label("source_name"),
        own.generation_id,
        versions.c.id.label("version_id"),
        own.version_id.label("pinned_version_id"),
        func.coalesce(own.audio_path, versions.c.audio_path).label("audio_path"),
        _frames().label("frames"),
        _sample_rate().label("sample_rate"),
        func.coalesce(own.channels, spoken_channels).label("channels"),
        func.coalesce(generations.c.status, status).label("status"),
        func.coalesce(own.text, generations.c.text).label("text"),
        func.coalesce(own.language, generations.c.language).label("language"),
        generations.c.profile_name,
    ]


def _frames() -> ColumnElement[int]:
    spoken = cast(func.round(versions.c.duration_s * versions.c.sample_rate), Integer)
    return func.coalesce(project_sources.c.frames, spoken)


def _sample_rate() -> ColumnElement[int]:
    return func.coalesce(project_sources.c.sample_rate, versions.c.sample_rate)


def _count(table: Table, label: str) -> ColumnElement[int]:
    counted = select(func.count()).where(table.c.project_id == projects.c.id)
    return counted.scalar_subquery().label(label)


def _rows(connection: Connection, query: Select[Any], **values: Any) -> list[Row]:
    return [plain(row) for row in connection.execute(query, values).mappings()]
