"""Queries on generations, their versions and the chunks of a take that is being made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, insert, select, update

from sidecar.store import rows
from sidecar.store.remembered import remembered
from sidecar.store.search import history_search, match_expression
from sidecar.store.tables import chunks, generations, history_totals, versions
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


def text_chars(connection: Connection, generation_id: str) -> int:
    """How many characters a generation says; 0 if there is none."""
    query = select(func.length(generations.c.text)).where(generations.c.id == generation_id)
    return connection.execute(query).scalar() or 0


def list_generations(connection: Connection, by: Filter, sort: Sort, limit: int, offset: int) -> tuple[list[Row], int]:
    """One page of history and how many rows match in all.

    The page's row numbers come from an index alone, however deep it lies; only then are its rows looked at.
    """
    matching = _matching(connection, by, by_title=sort.endswith("title"))
    if matching is None:
        return [], 0
    total = _total(connection, by, matching)
    ordered = matching.order_by(*_order(matching, by, sort)).limit(limit).offset(offset)
    numbers = list(connection.execute(ordered).scalars())
    if not numbers:
        return [], total
    page = connection.execute(_with_audio().where(generations.c.seq.in_(numbers))).mappings()
    by_number = {row["seq"]: plain(row) for row in page}
    return [by_number[number] for number in numbers], total


def _total(connection: Connection, by: Filter, matching: Select[Any]) -> int:
    if by == Filter(status=by.status, favorite=by.favorite, engine=by.engine):
        conditions = [history_totals.c[column] == value for column, value in _equal(by).items()]
        counted = select(func.coalesce(func.sum(history_totals.c.generations), 0)).where(*conditions)
        return int(connection.execute(counted).scalar_one())
    return remembered(connection, by, lambda: rows.count_all(connection, matching))


def _matching(connection: Connection, by: Filter, by_title: bool) -> Select[Any] | None:
    """The numbers of the rows that match, in no order; None if no text can hold what is searched."""
    conditions = _conditions(by)
    if not (by.search and by.search.strip()):
        return select(generations.c.seq).where(*conditions)
    expression = match_expression(connection, by.search)
    if expression is None:
        return None
    found = select(history_search.c.rowid).where(history_search.c.history_search.op("MATCH")(expression))
    if not conditions and not by_title:
        return found
    # The sum keeps SQLite from starting at the table and asking the search index anew for each of its rows.
    return found.where(generations.c.seq == history_search.c.rowid + 0, *conditions)


def _conditions(by: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [generations.c[column] == value for column, value in _equal(by).items()]
    if by.since is not None:
        conditions.append(generations.c.created_at >= by.since)
    if by.until is not None:
        conditions.append(generations.c.created_at < by.until)
    return conditions


def _equal(by: Filter) -> dict[str, Any]:
    columns = ("profile_id", "status", "favorite", "language", "engine")
    return {column: value for column in columns if (value := getattr(by, column)) is not None}


def _order(matching: Select[Any], by: Filter, sort: Sort) -> list[ColumnElement[Any]]:
    # Rows are numbered in the order in which they were made, so the number stands for `created_at` in the search index
    # and in those of equal values; the index of times serves where times narrow the list, or nothing does.
    number = matching.selected_columns[0]
    columns = [number]
    if sort.endswith("title"):
        columns = [generations.c.title, number]
    elif number is generations.c.seq and (by.since or by.until or not _equal(by)):
        columns = [generations.c.created_at, number]
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


def finish_chunk(connection: Connection, version_id: str, position: int, **values: Any) -> bool:
    """Note that a chunk is spoken and where its audio is; tells whether it is still there."""
    here = and_(chunks.c.version_id == version_id, chunks.c.position == position)
    return connection.execute(update(chunks).where(here).values(**values)).rowcount > 0


def drop_chunks(connection: Connection, generation_id: str) -> list[str]:
    """Forget the chunks of all takes of a generation; give the files that nothing names any more."""
    query = delete(chunks).where(chunks.c.generation_id == generation_id).returning(chunks.c.audio_path)
    return [path for path in connection.execute(query).scalars() if path]


def statistics(connection: Connection) -> Row:
    """Counts and sums over the whole history."""
    by_status: Counter[str] = Counter()
    by_engine: Counter[str] = Counter()
    found = connection.execute(select(history_totals).where(history_totals.c.generations > 0)).all()
    for row in found:
        by_status[row.status] += row.generations
        by_engine[row.engine] += row.generations
    return {
        "by_status": dict(by_status),
        "by_engine": dict(by_engine),
        "audio_s": sum(row.audio_us for row in found) / 1e6,
        "favorites": sum(row.generations for row in found if row.favorite),
    }


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
