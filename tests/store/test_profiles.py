from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection

from sidecar.errors import Conflict, NotFound
from sidecar.store import profiles as store
from sidecar.store import rows
from sidecar.store.database import Database
from sidecar.store.tables import profiles, samples
from sidecar.store.values import Row

T = TypeVar("T")


def add(connection: Connection, name: str, **values: Any) -> str:
    return store.insert_profile(connection, name=name, voice={"kind": "cloned"}, **values)


def add_samples(connection: Connection, profile_id: str, *texts: str) -> list[str]:
    fixed = {"sha256": "", "duration_s": 1.0, "metrics": {}, "warnings": []}
    return [store.append_sample(connection, profile_id, text=text, audio_path=f"{text}.wav", **fixed) for text in texts]


def sample(connection: Connection, sample_id: str) -> Row:
    return rows.get(connection, samples, sample_id, "sample")


def order(connection: Connection, profile_id: str) -> list[tuple[int, str]]:
    return [(row["position"], row["text"]) for row in store.samples_of(connection, profile_id)]


async def names(database: Database, search: str | None = None, sort: store.Sort = "name") -> list[str]:
    found, total = await database.read(lambda connection: store.list_profiles(connection, search, sort, 200, 0))
    assert total == len(found)
    return [row["name"] for row in found]


def refusing(change: Callable[[Connection], T], error: type[Exception], match: str) -> Callable[[Connection], None]:
    def refused(connection: Connection) -> None:
        with pytest.raises(error, match=match):
            change(connection)

    return refused


@pytest.mark.parametrize("name", ["Ada Lovelace", "ada lovelace", "ADA LOVELACE", "  Ada Lovelace "])
async def test_a_profile_is_found_by_its_name_in_any_case(database: Database, name: str) -> None:
    profile_id = await database.write(lambda connection: add(connection, "Ada Lovelace"))
    assert (await database.read(lambda connection: store.resolve(connection, name)))["id"] == profile_id


@pytest.mark.parametrize(("name", "asked"), [("Größe", "GRÖSSE"), ("ΝΟΜΟΣ", "νομος"), ("小明 🎉", "小明 🎉")])
async def test_any_case_means_that_of_every_language(database: Database, name: str, asked: str) -> None:
    await database.write(lambda connection: add(connection, name))
    assert (await database.read(lambda connection: store.resolve(connection, asked)))["name"] == name


async def test_an_id_is_preferred_to_a_name_that_looks_like_it(database: Database) -> None:
    first = await database.write(lambda connection: add(connection, "Ada"))
    await database.write(lambda connection: add(connection, first.upper()))
    assert (await database.read(lambda connection: store.resolve(connection, first)))["name"] == "Ada"


async def test_a_profile_that_does_not_exist_is_named(database: Database) -> None:
    with pytest.raises(NotFound, match="no profile 'Ada'") as refusal:
        await database.read(lambda connection: store.resolve(connection, "Ada"))
    assert refusal.value.data == {"resource": "profile", "id": "Ada"}


@pytest.mark.parametrize("taken", ["Ada", "ADA", " ada "])
async def test_a_name_that_is_taken_is_refused(database: Database, taken: str) -> None:
    await database.write(lambda connection: add(connection, "Ada"))
    grace = await database.write(lambda connection: add(connection, "Grace"))
    await database.write(refusing(lambda connection: add(connection, taken), Conflict, "already"))
    await database.write(
        refusing(lambda connection: store.update_profile(connection, grace, name=taken), Conflict, "already")
    )
    assert await names(database) == ["Ada", "Grace"]


async def test_a_profile_may_keep_its_own_name_in_another_case(database: Database) -> None:
    profile_id = await database.write(lambda connection: add(connection, "Ada"))
    await database.write(lambda connection: store.update_profile(connection, profile_id, name="ADA"))
    assert await names(database, "ada") == ["ADA"]


async def test_a_copy_gets_the_first_free_number(database: Database) -> None:
    def change(connection: Connection) -> list[str]:
        free = []
        for _ in range(3):
            free.append(store.free_name(connection, "Ada"))
            add(connection, free[-1])
        return free

    assert await database.write(change) == ["Ada", "Ada (2)", "Ada (3)"]


async def test_profiles_are_searched_in_name_and_description_without_wildcards(database: Database) -> None:
    def change(connection: Connection) -> None:
        add(connection, "Ada", description="First programmer")
        add(connection, "Grace", description="100% admiral_")
        add(connection, "ÉMILIE", description="Ärger mit Größen")

    await database.write(change)
    assert await names(database, "A") == ["Ada", "Grace"]
    assert await names(database, "émil") == ["ÉMILIE"]
    assert await names(database, "PROGRAM") == ["Ada"]
    assert await names(database, "ärger MIT GRÖSSEN") == ["ÉMILIE"]
    assert await names(database, "%") == ["Grace"]
    assert await names(database, "_") == ["Grace"]
    assert await names(database, "x") == []


async def test_profiles_are_sorted_and_cut_into_pages(database: Database) -> None:
    def change(connection: Connection) -> None:
        for name in ("bob", "Ada", "Cleo"):
            add(connection, name)
        store.touch(connection, store.resolve(connection, "bob")["id"])

    await database.write(change)
    assert await names(database) == ["Ada", "bob", "Cleo"]
    assert await names(database, sort="-name") == ["Cleo", "bob", "Ada"]
    assert await names(database, sort="created_at") == ["bob", "Ada", "Cleo"]
    assert await names(database, sort="-updated_at") == ["bob", "Cleo", "Ada"]
    page, total = await database.read(lambda connection: store.list_profiles(connection, None, "name", 1, 1))
    assert ([row["name"] for row in page], total) == (["bob"], 3)


@pytest.mark.parametrize(
    ("moved", "position", "expected"),
    [("c", 0, "cabd"), ("a", 3, "bcda"), ("a", 99, "bcda"), ("b", 2, "acbd"), ("b", 1, "abcd")],
)
async def test_a_sample_is_moved_and_the_others_close_up(
    database: Database, moved: str, position: int, expected: str
) -> None:
    def change(connection: Connection) -> list[tuple[int, str]]:
        profile_id = add(connection, "Ada")
        sample_ids = dict(zip("abcd", add_samples(connection, profile_id, *"abcd"), strict=True))
        store.move_sample(connection, sample(connection, sample_ids[moved]), position)
        return order(connection, profile_id)

    assert await database.write(change) == list(enumerate(expected))


async def test_when_a_sample_goes_those_behind_it_move_up(database: Database) -> None:
    def change(connection: Connection) -> list[tuple[int, str]]:
        profile_id = add(connection, "Ada")
        sample_ids = add_samples(connection, profile_id, *"abc")
        store.remove_sample(connection, sample(connection, sample_ids[1]))
        add_samples(connection, profile_id, "d")
        return order(connection, profile_id)

    assert await database.write(change) == [(0, "a"), (1, "c"), (2, "d")]


async def test_samples_are_counted_by_profile_and_go_with_it(database: Database) -> None:
    def change(connection: Connection) -> None:
        ada, grace = add(connection, "Ada"), add(connection, "Grace")
        add_samples(connection, ada, "a", "b")
        assert store.sample_counts(connection, [ada, grace]) == {ada: 2}
        rows.remove(connection, profiles, ada)
        assert store.sample_counts(connection, [ada, grace]) == {}

    await database.write(change)
