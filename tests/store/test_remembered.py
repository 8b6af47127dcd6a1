from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from sidecar.store import rows
from sidecar.store.database import Database
from sidecar.store.remembered import KEPT, remembered
from sidecar.store.tables import settings


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "voicebox.db")
    yield opened
    opened.close()


class Question:
    """How many settings there are, counting how often that is really asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, connection: Connection) -> int:
        def ask() -> int:
            self.asked += 1
            return int(connection.execute(select(func.count()).select_from(settings)).scalar_one())

        return remembered(connection, "how many", ask)


async def test_an_answer_is_worked_out_once_while_nothing_changes(database: Database) -> None:
    question = Question()
    assert [await database.read(question) for _ in range(3)] == [0, 0, 0]
    assert question.asked == 1


async def test_another_connection_s_change_makes_it_ask_again(database: Database) -> None:
    question = Question()
    await database.read(question)
    await database.write(lambda connection: rows.add(connection, settings, key="a", value=1))
    assert await database.read(question) == 1


async def test_a_change_of_its_own_makes_it_ask_again(database: Database) -> None:
    question = Question()

    def change(connection: Connection) -> tuple[int, int]:
        before = question(connection)
        rows.add(connection, settings, key="a", value=1)
        return before, question(connection)

    assert await database.write(change) == (0, 1)


async def test_what_is_kept_is_bounded(database: Database) -> None:
    def ask_much(connection: Connection) -> int:
        for number in range(10 * KEPT):
            assert remembered(connection, number, lambda answer=number: answer) == number
        return max(len(kept[1]) for kept in connection.info.values() if isinstance(kept, tuple))

    assert await database.read(ask_much) <= KEPT
