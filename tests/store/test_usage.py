from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, update

from sidecar.services.usage import UsageService
from sidecar.store import usage as store
from sidecar.store.database import Database
from sidecar.store.tables import usage

Note = Callable[[Connection], None]


def spoken(profile: str = "p1", name: str = "Anna", engine: str = "kokoro", audio_s: float = 4.0) -> Note:
    return lambda connection: store.note(
        connection,
        "generation",
        engine=engine,
        model=f"{engine}-1",
        profile_id=profile,
        profile_name=name,
        characters=50,
        audio_s=audio_s,
        compute_s=1.0,
    )


def heard(connection: Connection) -> None:
    store.note(connection, "transcription", engine="whisper", model="tiny", audio_s=10.0, compute_s=2.0)


def dated(day: str) -> Note:
    """Give what has no date of the past yet this one."""
    return lambda connection: connection.execute(
        update(usage).where(usage.c.day > "2026-03-00").values(day=day)
    ).close()


async def keep(database: Database, *notes: Note) -> UsageService:
    for note in notes:
        await database.write(note)
    return UsageService(database)


async def groups(database: Database, group_by: store.GroupBy) -> dict[str | None, dict[str, Any]]:
    found = (await UsageService(database).get(None, None, group_by))["groups"]
    by_key = {group["key"]: group for group in found}
    assert len(by_key) == len(found)
    return by_key


async def test_nothing_made_is_all_zero(database: Database) -> None:
    used = await UsageService(database).get(None, None, None)
    assert used["groups"] == []
    assert (used["total"]["generations"], used["total"]["audio_s"], used["total"]["real_time_factor"]) == (0, 0, None)


async def test_takes_and_transcriptions_add_up_each_for_itself(database: Database) -> None:
    service = await keep(database, spoken(), spoken(audio_s=1.0), heard, heard)
    assert (await service.get(None, None, None))["total"] == {
        "generations": 2,
        "characters": 100,
        "audio_s": 5.0,
        "compute_s": 2.0,
        "real_time_factor": 0.4,
        "transcriptions": 2,
        "transcribed_s": 20.0,
        "transcription_compute_s": 4.0,
        "transcription_real_time_factor": 0.2,
    }


async def test_they_can_be_looked_at_by_engine_model_and_kind(database: Database) -> None:
    await keep(database, spoken(), spoken(engine="qwen"), spoken(engine="qwen"), heard)
    counts = {key: group["generations"] for key, group in (await groups(database, "engine")).items()}
    assert counts == {"kokoro": 1, "qwen": 2, "whisper": 0}
    assert (await groups(database, "model")).keys() == {"kokoro-1", "qwen-1", "tiny"}
    kinds = await groups(database, "kind")
    assert (kinds["generation"]["audio_s"], kinds["transcription"]["transcribed_s"]) == (12.0, 10.0)


async def test_a_profile_goes_by_its_last_name_and_what_has_none_is_told_apart(database: Database) -> None:
    await keep(database, spoken(), dated("2026-01-01"), spoken(name="Anne"), spoken("p2", "Bert"), heard)
    by_profile = await groups(database, "profile")
    assert {key: (group["name"], group["generations"]) for key, group in by_profile.items()} == {
        "p1": ("Anne", 2),
        "p2": ("Bert", 1),
        None: (None, 0),
    }


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (None, None, ["2026-01-31", "2026-02-01", "2026-02-02"]),
        ("2026-02-01T23:59:59Z", None, ["2026-02-01", "2026-02-02"]),
        (None, "2026-02-02T00:00:00Z", ["2026-01-31", "2026-02-01"]),
        (None, "2026-02-02T00:00:00.000001Z", ["2026-01-31", "2026-02-01", "2026-02-02"]),
        ("2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z", ["2026-02-01"]),
        ("2027-01-01T00:00:00Z", None, []),
    ],
)
async def test_every_day_that_the_time_touches_counts_whole(
    database: Database, since: str | None, until: str | None, days: list[str]
) -> None:
    for day in ("2026-01-31", "2026-02-01", "2026-02-02"):
        await keep(database, spoken(), heard, dated(day))
    used = await UsageService(database).get(since, until, "day")
    assert [group["key"] for group in used["groups"]] == days
    assert used["total"]["generations"] == used["total"]["transcriptions"] == len(days)


async def test_a_transaction_that_fails_counts_nothing(database: Database) -> None:
    def fails(connection: Connection) -> None:
        spoken()(connection)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.write(fails)
    assert (await UsageService(database).get(None, None, None))["total"]["generations"] == 0
