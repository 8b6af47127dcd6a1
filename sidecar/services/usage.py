"""How much was made and how fast, from sums that are kept by the day."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sidecar.store import usage as store
from sidecar.store.database import Database
from sidecar.store.usage import GroupBy, UsageKind
from sidecar.store.values import Row


class UsageService:
    """Answers questions about the past without looking at history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, since: str | None, until: str | None, group_by: GroupBy | None) -> dict[str, Any]:
        """`{total, groups}`; without `group_by` there are no groups. Days count whole, in UTC."""
        sums = await self._database.browse(lambda connection: store.sums(connection, group_by, since, until))
        groups: defaultdict[tuple[str | None, str | None], list[Row]] = defaultdict(list)
        for row in sums:
            groups[row["key"] or None, row["name"] or None].append(row)
        told = [{"key": key, "name": name} | _figures(rows) for (key, name), rows in groups.items()]
        return {"total": _figures(sums), "groups": told if group_by else []}


def _figures(sums: list[Row]) -> dict[str, Any]:
    """What was spoken and what was heard, from sums of either kind."""
    spoken, heard = _added(sums, "generation"), _added(sums, "transcription")
    return {
        "generations": spoken["count"],
        "characters": spoken["characters"],
        "audio_s": round(spoken["audio_s"], 3),
        "compute_s": round(spoken["compute_s"], 3),
        "real_time_factor": _real_time_factor(spoken),
        "transcriptions": heard["count"],
        "transcribed_s": round(heard["audio_s"], 3),
        "transcription_compute_s": round(heard["compute_s"], 3),
        "transcription_real_time_factor": _real_time_factor(heard),
    }


def _added(sums: list[Row], kind: UsageKind) -> Row:
    return {name: sum(row[name] for row in sums if row["kind"] == kind) for name in store.SUMS}


def _real_time_factor(sums: Row) -> float | None:
    return round(sums["compute_s"] / sums["audio_s"], 4) if sums["audio_s"] else None
