from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event

from sidecar.errors import NotFound
from sidecar.store import generations as store
from sidecar.store import profiles, rows
from sidecar.store.database import Database
from sidecar.store.generations import Filter, Sort
from sidecar.store.tables import chunks, generations, versions
from sidecar.store.tables import profiles as profiles_table

COUNT = 10
DAY = "2026-01-{:02}T00:00:00.000000Z"


def add(connection: Connection, number: int, **values: Any) -> None:
    standard = {"profile_name": "Ada", "text": f"Sentence {number}.", "language": "en", "engine": "kokoro"}
    fixed = {"id": f"g{number}", "settings": {}, "created_at": DAY.format(number + 1)}
    rows.add(connection, generations, **{"status": "completed"} | standard | fixed | values)


def add_version(connection: Connection, generation_id: str, version_id: str, is_default: bool = False) -> None:
    rows.add(
        connection,
        versions,
        id=version_id,
        generation_id=generation_id,
        label="Take",
        kind="take",
        audio_path=f"audio/generations/{version_id}.wav",
        duration_s=1.5,
        sample_rate=24_000,
        created_at=DAY.format(1),
    )
    if is_default:
        rows.change(connection, generations, generation_id, default_version_id=version_id)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Ten generations, one a day, of several kinds; only looked at."""

    def change(connection: Connection) -> None:
        for number, title in enumerate("bcdefghija"):
            odd = number % 2 == 1
            language, engine = "de" if odd else "en", "qwen" if number < 3 else "kokoro"
            status = "failed" if number == 7 else "completed"
            add(connection, number, title=title, favorite=odd, language=language, engine=engine, status=status)

    opened = Database(tmp_path_factory.mktemp("library") / "voicebox.db")
    asyncio.run(opened.write(change))
    yield opened
    opened.close()


async def page(
    database: Database, by: Filter, sort: Sort = "created_at", limit: int = 200, offset: int = 0
) -> tuple[list[str], int]:
    found, total = await database.read(lambda connection: store.list_generations(connection, by, sort, limit, offset))
    return [row["id"] for row in found], total


def ids(*numbers: int) -> tuple[list[str], int]:
    return [f"g{number}" for number in numbers], len(numbers)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (Filter(), ids(*range(10))),
        (Filter(favorite=True), ids(1, 3, 5, 7, 9)),
        (Filter(favorite=False), ids(0, 2, 4, 6, 8)),
        (Filter(language="de"), ids(1, 3, 5, 7, 9)),
        (Filter(engine="qwen"), ids(0, 1, 2)),
        (Filter(status="failed"), ids(7)),
        (Filter(profile_id="nobody"), ids()),
        (Filter(since=DAY.format(8)), ids(7, 8, 9)),
        (Filter(until=DAY.format(3)), ids(0, 1)),
        (Filter(since=DAY.format(3), until=DAY.format(5)), ids(2, 3)),
        (Filter(engine="qwen", favorite=True), ids(1)),
        (Filter(search="sentence", engine="qwen"), ids(0, 1, 2)),
        (Filter(search="9.", since=DAY.format(1)), ids(9)),
    ],
)
async def test_history_is_narrowed_by_every_field(
    library: Database, by: Filter, expected: tuple[list[str], int]
) -> None:
    assert await page(library, by) == expected


@pytest.mark.parametrize(
    ("sort", "numbers"),
    [
        ("created_at", [0, 1, 2]),
        ("-created_at", [9, 8, 7]),
        ("title", [9, 0, 1]),
        ("-title", [8, 7, 6]),
    ],
)
async def test_history_is_sorted_and_cut_into_pages(library: Database, sort: Sort, numbers: list[int]) -> None:
    assert await page(library, Filter(), sort, 2) == (ids(*numbers[:2])[0], COUNT)
    assert await page(library, Filter(), sort, 2, 1) == (ids(*numbers[1:])[0], COUNT)
    assert await page(library, Filter(), sort, 5, COUNT) == ([], COUNT)


@pytest.mark.parametrize(
    "by",
    [
        Filter(profile_id="p"),
        Filter(status="failed"),
        Filter(favorite=True),
        Filter(language="de"),
        Filter(engine="qwen"),
        Filter(since=DAY.format(8)),
        Filter(until=DAY.format(8)),
        Filter(search="sentence"),
        Filter(search="t"),
        Filter(search="sentence", engine="qwen"),
    ],
    ids=lambda by: " ".join(name for name, value in vars(by).items() if value is not None),
)
async def test_no_filter_makes_sqlite_look_at_every_generation(library: Database, by: Filter) -> None:
    def query(connection: Connection) -> list[str]:
        statements: list[tuple[str, Any]] = []

        @event.listens_for(connection, "before_cursor_execute")
        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            statements.append((statement, parameters))

        store.list_generations(connection, by, "-created_at", 50, 0)
        event.remove(connection, "before_cursor_execute", note)
        return [
            row[3]
            for statement, parameters in statements
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]

    steps = await library.read(query)
    assert any(step.startswith("SEARCH generations") for step in steps)
    assert not [step for step in steps if step.startswith("SCAN g") and "VIRTUAL TABLE INDEX" not in step]


async def test_a_generation_shows_the_audio_of_its_default_version(database: Database) -> None:
    def change(connection: Connection) -> None:
        add(connection, 1)
        assert store.get_generation(connection, "g1")["audio_path"] is None
        add_version(connection, "g1", "v1")
        add_version(connection, "g1", "v2", is_default=True)

    await database.write(change)
    row = await database.read(lambda connection: store.get_generation(connection, "g1"))
    assert (row["audio_path"], row["duration_s"], row["version_count"]) == ("audio/generations/v2.wav", 1.5, 2)
    with pytest.raises(NotFound, match="no generation 'g2'"):
        await database.read(lambda connection: store.get_generation(connection, "g2"))


async def test_the_audio_of_a_version_is_only_found_under_its_own_generation(database: Database) -> None:
    def change(connection: Connection) -> None:
        add(connection, 1)
        add(connection, 2)
        add_version(connection, "g1", "v1", is_default=True)

    await database.write(change)

    async def audio(generation_id: str, version_id: str | None) -> Any:
        return await database.read(lambda connection: store.audio_of(connection, generation_id, version_id))

    assert (await audio("g1", None))["id"] == "v1"
    assert (await audio("g1", "v1"))["id"] == "v1"
    assert await audio("g2", "v1") is None
    assert await audio("g2", None) is None


async def test_deleting_gives_every_file_that_nothing_names_any_more(database: Database) -> None:
    def change(connection: Connection) -> list[str]:
        for number in (1, 2):
            add(connection, number)
            add_version(connection, f"g{number}", f"v{number}", is_default=True)
        store.plan_chunks(connection, [_chunk("g1", 0), _chunk("g1", 1)])
        store.finish_chunk(connection, "take", 0, audio_path="audio/chunks/0.wav")
        return store.delete_generations(connection, ["g1"])

    assert sorted(await database.write(change)) == ["audio/chunks/0.wav", "audio/generations/v1.wav"]

    def left(connection: Connection) -> list[int]:
        return [rows.count(connection, table) for table in (generations, versions, chunks)]

    assert await database.read(left) == [1, 1, 0]


async def test_the_chunks_of_a_take_are_kept_until_it_is_joined(database: Database) -> None:
    def change(connection: Connection) -> None:
        add(connection, 1)
        store.plan_chunks(connection, [_chunk("g1", 1), _chunk("g1", 0)])
        store.finish_chunk(connection, "take", 1, audio_path="audio/chunks/1.wav")

    await database.write(change)
    kept = await database.read(lambda connection: store.chunks_of(connection, "take"))
    assert [(row["position"], row["audio_path"]) for row in kept] == [(0, None), (1, "audio/chunks/1.wav")]
    assert await database.write(lambda connection: store.drop_chunks(connection, "g1")) == ["audio/chunks/1.wav"]
    assert await database.read(lambda connection: store.chunks_of(connection, "take")) == []


async def test_what_was_spoken_outlives_its_profile(database: Database) -> None:
    def change(connection: Connection) -> None:
        profile_id = profiles.insert_profile(connection, name="Ada", voice={"kind": "cloned"})
        add(connection, 1, profile_id=profile_id)
        rows.remove(connection, profiles_table, profile_id)

    await database.write(change)
    row = await database.read(lambda connection: store.get_generation(connection, "g1"))
    assert (row["profile_id"], row["profile_name"]) == (None, "Ada")


async def test_statistics_count_and_add_up(library: Database) -> None:
    assert await library.read(store.statistics) == {
        "by_status": {"completed": 9, "failed": 1},
        "by_engine": {"qwen": 3, "kokoro": 7},
        "audio_s": 0.0,
        "favorites": 5,
    }


def _chunk(generation_id: str, position: int) -> dict[str, Any]:
    fixed = {"version_id": "take", "text": "A.", "pause_after_s": 0.3, "seed": 1}
    return fixed | {"generation_id": generation_id, "position": position}
