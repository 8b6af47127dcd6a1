"""History search, beside the plain definition of it: every word of the query is somewhere in title, voice and text."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from sidecar.store import rows
from sidecar.store.database import Database
from sidecar.store.generations import Filter, Sort, delete_generations, list_generations
from sidecar.store.tables import generations

ALL = 200

TEXTS = {
    "english": "The quick brown fox isn't lazy.",
    "quoted": "He said \"quick\" and 'slow'; 100% AND_more*",
    "german": "Größe und Straße in Köln",
    "russian": "Привет, мир",
    "greek": "Η ΑΘΗΝΑΣ και ο ΝΟΜΟΣ",  # noqa: RUF001  # Greek letters are meant
    "chinese": "今天天气很好",
    "japanese": "東京へ行きました。猫",
    "emoji": "party 🎉🎉 time 👩‍🚀",
}


def add(connection: Connection, name: str, text: str, title: str | None = None, voice: str = "Ada") -> None:
    rows.add(
        connection,
        generations,
        id=name,
        profile_name=voice,
        title=title,
        text=text,
        engine="kokoro",
        settings={},
        status="completed",
        created_at="2026-01-01T00:00:00Z",
    )


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database that holds the texts above and is only looked at."""

    def change(connection: Connection) -> None:
        for name, text in TEXTS.items():
            add(connection, name, text)

    opened = Database(tmp_path_factory.mktemp("library") / "voicebox.db")
    asyncio.run(opened.write(change))
    yield opened
    opened.close()


async def found(database: Database, query: str, sort: Sort = "created_at", **others: Any) -> list[str]:
    page, total = await database.read(
        lambda connection: list_generations(connection, Filter(search=query, **others), sort, ALL, 0)
    )
    assert total == len(page)
    return [row["id"] for row in page]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("quick", ["english", "quoted"]),
        ("QUICK", ["english", "quoted"]),
        ("uic", ["english", "quoted"]),
        ("qu", ["english", "quoted"]),
        ("Y.", ["english"]),
        ("fox quick", ["english"]),
        ("fox slow", []),
        ("isn't", ["english"]),
        ('"quick"', ["quoted"]),
        ('"', ["quoted"]),
        ("100%", ["quoted"]),
        ("%", ["quoted"]),
        ("qu*", []),
        ("more*", ["quoted"]),
        ("brown OR slow", []),
        ("NEAR(quick brown)", []),
        ("text:quick", []),
        ("größe", ["german"]),
        ("GRÖSSE", []),
        ("ÖL", ["german"]),
        ("ПРИВЕТ", ["russian"]),
        ("ир", ["russian"]),
        ("ΝΟΜΟΣ", ["greek"]),
        ("ΑΣ", ["greek"]),
        ("天", ["chinese"]),
        ("天气", ["chinese"]),
        ("很好", ["chinese"]),
        ("好", ["chinese"]),
        ("今天天气", ["chinese"]),
        ("猫", ["japanese"]),
        ("。猫", ["japanese"]),
        ("東京　猫", ["japanese"]),  # the full-width space is meant
        ("京都", []),
        ("🎉", ["emoji"]),
        ("🎉🎉 party", ["emoji"]),
        ("👩‍🚀", ["emoji"]),
        ("ada", list(TEXTS)),
        ("zz", []),
        ("fox\0", []),
        ("f\0", []),
        ("  ", list(TEXTS)),
        ("", list(TEXTS)),
    ],
)
async def test_a_search_finds_the_texts_that_hold_every_word(library: Database, query: str, names: list[str]) -> None:
    assert await found(library, query) == names
    assert await found(library, query, "-created_at") == names[::-1]
    # With another condition the search takes another way through the database.
    assert await found(library, query, engine="kokoro") == names


async def test_title_and_voice_are_searched_too_but_no_word_runs_from_one_into_the_next(database: Database) -> None:
    await database.write(lambda connection: add(connection, "a", "and so on", title="Chapter One", voice="Grace"))
    assert await found(database, "chapter grace so") == ["a"]
    assert await found(database, "onegra") == []
    assert await found(database, "onGrace") == []


async def test_a_page_of_a_search_tells_how_many_there_are_in_all(library: Database) -> None:
    for others in ({}, {"engine": "kokoro"}):
        by = Filter(search="ada", **others)  # type: ignore[arg-type]
        page, total = await library.read(partial(list_generations, by=by, sort="-created_at", limit=3, offset=2))
        assert [row["id"] for row in page] == list(TEXTS)[::-1][2:5]
        assert total == len(TEXTS)


PIECES = st.text('abAB "%*-天气好。ПпΣσ🎉', max_size=8)
ADDITIONS = st.tuples(st.none(), PIECES | st.none(), PIECES)
CHANGES = st.tuples(st.integers(0, 5), PIECES | st.none(), PIECES)
DELETIONS = st.tuples(st.integers(0, 5), st.none(), st.none())


class _UndoError(Exception):
    """Ends a transaction that is not to be kept."""


@pytest.fixture(scope="module")
def shared_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = Database(tmp_path_factory.mktemp("search") / "voicebox.db")
    yield opened
    opened.close()


@settings(max_examples=50, deadline=None)
@given(
    edits=st.lists(ADDITIONS | CHANGES | DELETIONS, max_size=12),
    queries=st.lists(PIECES.filter(lambda query: not query.isspace() and query), min_size=1, max_size=4),
)
def test_any_run_of_edits_leaves_the_index_true(
    shared_database: Database, edits: list[tuple[int | None, str | None, str | None]], queries: list[str]
) -> None:
    def scenario(connection: Connection) -> None:
        parts: dict[str, list[str]] = {}
        for row, title, text in edits:
            name = str(len(parts) if row is None else row)
            _edit(connection, name, title, text, is_new=row is None)
            if row is None or parts.get(name):
                parts[name] = [] if text is None else [title or "", "Ada", text]
        for query in queries:
            expected = [name for name, held in parts.items() if _holds(held, query)]
            page, total = list_generations(connection, Filter(search=query), "created_at", ALL, 0)
            assert ([row["id"] for row in page], total) == (expected, len(expected))
        raise _UndoError

    with pytest.raises(_UndoError):
        asyncio.run(shared_database.write(scenario))


def _edit(connection: Connection, name: str, title: str | None, text: str | None, is_new: bool) -> None:
    if text is None:
        delete_generations(connection, [name])
    elif is_new:
        add(connection, name, text, title)
    else:
        rows.change(connection, generations, name, title=title, text=text)


def _holds(parts: list[str], query: str) -> bool:
    return all(any(_lower(word) in _lower(part) for part in parts) for word in query.split())


def _lower(text: str) -> str:
    # Letter by letter: a capital sigma at the end of a word is otherwise another letter than in it.
    return "".join(map(str.lower, text))


def test_what_was_counted_in_a_transaction_that_is_rolled_back_is_forgotten(shared_database: Database) -> None:
    def counted(connection: Connection, then: BaseException | None) -> int:
        if then is not None:
            _edit(connection, "0", None, "once", is_new=True)
        total = list_generations(connection, Filter(search="once"), "created_at", ALL, 0)[1]
        if then is not None:
            raise then
        return total

    with pytest.raises(_UndoError):
        asyncio.run(shared_database.write(partial(counted, then=_UndoError())))
    assert asyncio.run(shared_database.write(partial(counted, then=None))) == 0
