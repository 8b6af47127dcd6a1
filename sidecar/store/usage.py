"""Sums of what was made, by day (UTC), kind, engine, model and profile. They stay when history goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Literal

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from sidecar.store.tables import usage
from sidecar.store.values import Row, plain, utc_now

UsageKind = Literal["generation", "transcription"]
GroupBy = Literal["engine", "model", "profile", "day", "kind"]

_KEYS = {"engine": "engine", "model": "model", "profile": "profile_id", "day": "day", "kind": "kind"}
_DAY = len("2026-11-22")

SUMS = ("count", "characters", "audio_s", "compute_s")


def note(
    connection: Connection,
    kind: UsageKind,
    *,
    engine: str,
    model: str,
    audio_s: float,
    compute_s: float,
    characters: int = 0,
    profile_id: str = "",
    profile_name: str = "",
) -> None:
    """Count one thing that was made, in the transaction that makes it. A profile is shown by its newest name."""
    made = {"count": 1, "characters": characters, "audio_s": audio_s, "compute_s": compute_s}
    key = {"day": utc_now()[:_DAY], "kind": kind, "engine": engine, "model": model, "profile_id": profile_id}
    statement = insert(usage).values(**key, profile_name=profile_name, **made)
    added = {name: usage.c[name] + statement.excluded[name] for name in SUMS}
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(usage.primary_key.columns), set_={**added, "profile_name": profile_name}
        )
    )


def sums(connection: Connection, group_by: GroupBy | None, since: str | None, until: str | None) -> list[Row]:
    """The sums of each kind in each group, `{key, name, kind, count, characters, audio_s, compute_s}`, by key.

    Without `group_by` there is one group, whose key is None. Every day counts whole that the time from `since` up to,
    but without, `until` touches. `name` is a profile's, as it was called last.
    """
    group = None if group_by is None else usage.c[_KEYS[group_by]]
    # SQLite takes the bare column from the row that holds the maximum.
    names = (usage.c.profile_name, func.max(usage.c.day)) if group_by == "profile" else ()
    sums_of_all = (func.sum(usage.c[name]).label(name) for name in SUMS)
    query = select(usage.c.kind, *sums_of_all, *names).where(*_touched(since, until))
    if group is None:
        query = query.group_by(usage.c.kind)
    else:
        query = query.add_columns(group.label("key")).group_by(group, usage.c.kind).order_by(group, usage.c.kind)
    found = [plain(row) for row in connection.execute(query).mappings()]
    return [{"key": row.get("key"), "name": row.get("profile_name")} | row for row in found]


def _touched(since: str | None, until: str | None) -> Iterator[ColumnElement[bool]]:
    if since is not None:
        yield usage.c.day >= since[:_DAY]
    if until is not None:
        begins_its_day = datetime.fromisoformat(until).time() == time.min
        last = until[:_DAY]
        yield usage.c.day < last if begins_its_day else usage.c.day <= last
