from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection

from sidecar.errors import NotFound
from sidecar.store import rows
from sidecar.store import versions as store
from sidecar.store.database import Database
from sidecar.store.tables import generations, versions

NOW = "2026-01-0{}T00:00:00Z"


def add_generation(connection: Connection, *version_ids: str, default: str) -> None:
    """A generation whose versions are each made of the one before."""
    fixed = {"profile_name": "Ada", "text": "Hello.", "engine": "kokoro", "settings": {}, "status": "completed"}
    rows.add(connection, generations, id="g", created_at=NOW.format(1), default_version_id=default, **fixed)
    audio = {"label": "Take", "kind": "take", "duration_s": 1.5, "sample_rate": 24_000}
    for day, (version_id, source) in enumerate(zip(version_ids, (None, *version_ids), strict=False), start=1):
        values: dict[str, Any] = {"source_version_id": source, "created_at": NOW.format(day)} | audio
        rows.add(connection, versions, id=version_id, generation_id="g", audio_path=f"{version_id}.wav", **values)


async def defaults_after_deleting(database: Database, version_id: str, default: str) -> dict[str, bool]:
    """Whether each version that is left is the default one."""

    def change(connection: Connection) -> dict[str, bool]:
        add_generation(connection, "first", "second", "third", default=default)
        store.delete_version(connection, store.get_version(connection, "g", version_id))
        return {row["id"]: row["is_default"] for row in store.versions_shown(connection, "g")}

    return await database.write(change)


async def test_the_newest_version_takes_the_place_of_a_deleted_default(database: Database) -> None:
    assert await defaults_after_deleting(database, "third", default="third") == {"first": False, "second": True}


async def test_deleting_another_version_leaves_the_default_alone(database: Database) -> None:
    assert await defaults_after_deleting(database, "third", default="first") == {"first": True, "second": False}


async def test_what_was_made_of_a_version_outlives_it(database: Database) -> None:
    await defaults_after_deleting(database, "first", default="third")
    shown = await database.read(lambda connection: store.versions_shown(connection, "g"))
    assert [(row["id"], row["source_version_id"]) for row in shown] == [("second", None), ("third", "second")]


async def test_a_version_is_only_found_under_its_own_generation(database: Database) -> None:
    def change(connection: Connection) -> None:
        add_generation(connection, "v", default="v")
        assert store.get_version(connection, "g", "v")["is_default"]
        with pytest.raises(NotFound, match="no version 'w'"):
            store.get_version(connection, "g", "w")
        with pytest.raises(NotFound, match="no generation 'h'"):
            store.get_version(connection, "h", "v")

    await database.write(change)
