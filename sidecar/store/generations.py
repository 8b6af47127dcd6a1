"""Queries on generations, their versions and the chunks of a take that is being made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, insert, select, text, update
from sqlalchemy.sql import literal_column

from sidecar.store import rows
from sidecar.store.search import match_expression
from sidecar.store.tables import chunks, generations, versions
from sidecar.store.values import Row, plain

Sort = Literal["created_at", "-created_at", "title", "-title"]


@dataclass(frozen=True)
class Filter:
    """What `history.list` may be narrowed by; None leaves a field free."""

    search: str | None = None
    profile_id: str | None = None
    status: str | None = None
    favorite: bool | None = None
    language: str | None = None
    engine: str | None = None
    since: str | None = None
    until: str | None = None


def _with_audio() -> Select[Any]:
    """Generations with the columns of their default version."""
    version_count = (
        select(func.count())
        .where(versions.c.generation_id == generations.c.id)
        .scalar_subquery()
        .label("version_count")
    )
    audio = versions.alias("audio")
    return select(generations, audio.c.audio_path, audio.c.duration_s, audio.c.sample_rate, version_count).select_from(
        generations.outerjoin(audio, audio.c.id == generations.c.default_version_id)
    )


def get_generation(connection: Connection, generation_id: str) -> Row:
    """A generation with its default version's audio. Raises `NotFound`."""
    rows.get(connection, generations, generation_id, "generation")
    query = _with_audio().where(generations.c.id == generation_id)
    return plain(connection.execute(query).mappings().one())


def list_generations(connection: Connection, by: Filter, sort: Sort, limit: int, offset: int) -> tuple[list[Row], int]:
    """One page of history and how many rows match in all."""
    conditions = _conditions(by)
    if by.search and by.search.strip():
        expression = match_expression(connection, by.search)
        if expression is None:
            return [], 0
        if not conditions and sort.endswith("created_at"):
            return _search_page(connection, expression, sort, limit, offset)
        conditions.append(generations.c.seq.in_(_matching(expression)))
    query = _with_audio().where(*conditions).order_by(*_order(sort, within_times=bool(by.since or by.until)))
    return rows.page(connection, query, limit, offset), rows.count(connection, generations, *conditions)


def _matching(expression: str) -> Select[Any]:
    """The row numbers that the index finds."""
    condition = text("history_search MATCH :expression").bindparams(expression=expression)
    return select(literal_column("rowid")).select_from(text("history_search")).where(condition)


def _search_page(connection: Connection, expression: str, sort: Sort, limit: int, offset: int) -> tuple[list[Row], int]:
    """A page of a search by time with no other condition: the index alone counts, and orders by row number."""
    bound = {"expression": expression, "limit": limit, "offset": offset}
    total = connection.execute(
        text("SELECT count(*) FROM history_search WHERE history_search MATCH :expression"), bound
    ).scalar_one()
    direction = "DESC" if sort.startswith("-") else "ASC"
    numbers = connection.execute(
        text(
            "SELECT rowid FROM history_search WHERE history_search MATCH :expression "
            f"ORDER BY rowid {direction} LIMIT :limit OFFSET :offset"
        ),
        bound,
    ).scalars()
    query = _with_audio().where(generations.c.seq.in_(list(numbers))).order_by(*_order(sort))
    return rows.page(connection, query, limit, 0), total


def _conditions(by: Filter) -> list[ColumnElement[bool]]:
    equal = {
        column: value
        for column in ("profile_id", "status", "favorite", "language", "engine")
        if (value := getattr(by, column)) is not None
    }
    conditions: list[ColumnElement[bool]] = [generations.c[column] == value for column, value in equal.items()]
    if by.since is not None:
        conditions.append(generations.c.created_at >= by.since)
    if by.until is not None:
        conditions.append(generations.c.created_at < by.until)
    return conditions


def _order(sort: Sort, within_times: bool = False) -> list[ColumnElement[Any]]:
    # Rows are numbered in the order in which they were made, so the number stands for `created_at` in every index;
    # only where times narrow the list does the index of times find the page without looking at every row.
    columns = [generations.c.seq]
    if sort.endswith("title"):
        columns = [generations.c.title, generations.c.seq]
    elif within_times:
        columns = [generations.c.created_at, generations.c.seq]
    return [column.desc() if sort.startswith("-") else column.asc() for column in columns]


def versions_of(connection: Connection, generation_id: str) -> list[Row]:
    """A generation's versions, oldest first."""
    query = (
        select(versions).where(versions.c.generation_id == generation_id).order_by(versions.c.created_at, versions.c.id)
    )
    return [plain(row) for row in connection.execute(query).mappings()]


def delete_generations(connection: Connection, generation_ids: list[str]) -> list[str]:
    """Delete generations with all that hangs on them; give the files that nothing names any more."""
    files: list[str] = []
    for table in (versions, chunks):
        query = select(table.c.audio_path).where(table.c.generation_id.in_(generation_ids))
        files += [path for path in connection.execute(query).scalars() if path]
    connection.execute(delete(generations).where(generations.c.id.in_(generation_ids)))
    return files


def plan_chunks(connection: Connection, planned: list[Row]) -> None:
    """Store the plan of a take: its chunks, none of them spoken yet."""
    connection.execute(insert(chunks), planned)


def chunks_of(connection: Connection, version_id: str) -> list[Row]:
    """The chunks of a take that is being made, in order."""
    query = select(chunks).where(chunks.c.version_id == version_id).order_by(chunks.c.position)
    return [plain(row) for row in connection.execute(query).mappings()]


def finish_chunk(connection: Connection, version_id: str, position: int, **values: Any) -> None:
    """Note that a chunk is spoken and where its audio is."""
    here = and_(chunks.c.version_id == version_id, chunks.c.position == position)
    connection.execute(update(chunks).where(here).values(**values))


def drop_chunks(connection: Connection, version_id: str) -> None:
    """Forget the chunks of a take that has been joined."""
    connection.execute(delete(chunks).where(chunks.c.version_id == version_id))


def statistics(connection: Connection) -> Row:
    """Counts and sums over the whole history."""
    by_status = connection.execute(select(generations.c.status, func.count()).group_by(generations.c.status))
    audio = select(func.coalesce(func.sum(versions.c.duration_s), 0.0)).select_from(
        versions.join(generations, generations.c.default_version_id == versions.c.id)
    )
    by_engine = connection.execute(select(generations.c.engine, func.count()).group_by(generations.c.engine))
    return {
        "by_status": dict(by_status.all()),
        "by_engine": dict(by_engine.all()),
        "audio_s": connection.execute(audio).scalar_one(),
        "favorites": rows.count(connection, generations, generations.c.favorite.is_(True)),
    }


def unfinished_version(connection: Connection, generation_id: str) -> str | None:
    """The version whose take was begun and not joined, if there is one."""
    query = select(chunks.c.version_id).where(chunks.c.generation_id == generation_id).limit(1)
    return connection.execute(query).scalar()


def audio_of(connection: Connection, generation_id: str, version_id: str | None) -> Row | None:
    """A version of a generation (its default one, if none is named), or None."""
    wanted = (
        version_id
        or connection.execute(
            select(generations.c.default_version_id).where(generations.c.id == generation_id)
        ).scalar()
    )
    query = select(versions).where(versions.c.id == wanted, versions.c.generation_id == generation_id)
    row = connection.execute(query).mappings().first()
    return plain(row) if row else None
