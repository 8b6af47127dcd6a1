from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from sidecar.store import generations as store
from sidecar.store import rows
from sidecar.store.database import Database
from sidecar.store.generations import Filter
from sidecar.store.tables import generations, history_totals, versions
from sidecar.store.values import new_id

STEPS = 300
STATUSES = ("queued", "running", "completed", "failed")
ENGINES = ("qwen", "kokoro")


class Library:
    """Rows that come, change and go in any order that the tables allow."""

    def __init__(self, connection: Connection, rng: random.Random) -> None:
        self._connection, self._rng = connection, rng

    def step(self) -> None:
        """Make one change."""
        self._rng.choice([self._add, self._add, self._add_version, self._choose, self._change, self._delete])()

    def _add(self) -> None:
        default = self._rng.choice([None, new_id()])
        described = {"profile_name": "Ada", "text": "One.", "settings": {}, "created_at": "2026-01-01T00:00:00Z"}
        self._connection.execute(
            generations.insert().values(id=new_id(), default_version_id=default, **self._counted(), **described)
        )

    def _add_version(self) -> None:
        for row in self._some(generations):
            chosen = self._rng.choice([row["default_version_id"], None])
            known = rows.find(self._connection, versions, chosen or "")
            rows.add(
                self._connection,
                versions,
                id=chosen if chosen and not known else new_id(),
                generation_id=row["id"],
                label="Take",
                kind="take",
                audio_path="a.wav",
                duration_s=self._rng.uniform(0, 100),
                sample_rate=24_000,
                created_at="2026-01-01T00:00:00Z",
            )

    def _choose(self) -> None:
        for row in self._some(versions):
            rows.change(self._connection, generations, row["generation_id"], default_version_id=row["id"])

    def _change(self) -> None:
        for row in self._some(generations):
            rows.change(self._connection, generations, row["id"], **self._counted())

    def _delete(self) -> None:
        table = self._rng.choice([generations, versions])
        for row in self._some(table):
            rows.remove(self._connection, table, row["id"])

    def _counted(self) -> dict[str, Any]:
        rng = self._rng
        return {"status": rng.choice(STATUSES), "engine": rng.choice(ENGINES), "favorite": rng.choice([True, False])}

    def _some(self, table: Any) -> list[Any]:
        found = list(self._connection.execute(select(table)).mappings())
        return self._rng.sample(found, min(1, len(found)))


@pytest.mark.parametrize("seed", range(5))
async def test_the_totals_are_those_of_the_rows_whatever_came_changed_and_went(database: Database, seed: int) -> None:
    def live(connection: Connection) -> None:
        library = Library(connection, random.Random(seed))
        for _ in range(STEPS):
            library.step()
            assert store.statistics(connection) == counted(connection)
            for by in (Filter(), Filter(status="failed"), Filter(favorite=True, engine="qwen")):
                assert store.list_generations(connection, by, "created_at", 1, 0)[1] == len(matching(connection, by))

    await database.write(live)


async def test_many_rows_that_change_or_go_at_once_are_all_counted(database: Database) -> None:
    def live(connection: Connection) -> None:
        library = Library(connection, random.Random(1))
        for _ in range(STEPS):
            library.step()
        connection.execute(update(generations).values(status="cancelled"))
        assert store.statistics(connection) == counted(connection)
        connection.execute(delete(generations))
        assert store.statistics(connection) == {"by_status": {}, "by_engine": {}, "audio_s": 0.0, "favorites": 0}
        assert not [row for row in connection.execute(select(history_totals)) if row.generations or row.audio_us]

    await database.write(live)


def counted(connection: Connection) -> dict[str, Any]:
    """What is told of the history, from its rows."""
    there = matching(connection, Filter())
    heard = select(versions.c.duration_s).join(generations, generations.c.default_version_id == versions.c.id)
    return {
        "by_status": dict(Counter(row["status"] for row in there)),
        "by_engine": dict(Counter(row["engine"] for row in there)),
        "audio_s": pytest.approx(sum(connection.execute(heard).scalars()), abs=1e-3),
        "favorites": sum(row["favorite"] for row in there),
    }


def matching(connection: Connection, by: Filter) -> list[Any]:
    wanted = {field: value for field, value in vars(by).items() if value is not None}
    found = connection.execute(select(generations)).mappings()
    return [row for row in found if all(row[field] == value for field, value in wanted.items())]
