"""The pages that are looked at most come from an index in their order, however large the library is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event

from sidecar.store import generations, jobs, profiles
from sidecar.store.database import Database
from sidecar.store.generations import Filter

Query = Callable[[Connection], Any]

PAGES: dict[str, Query] = {
    "history, newest first": lambda c: generations.list_generations(c, Filter(), "-created_at", 50, 0),
    "history, oldest first": lambda c: generations.list_generations(c, Filter(), "created_at", 50, 0),
    "history, by title": lambda c: generations.list_generations(c, Filter(), "title", 50, 0),
    "history, of a profile": lambda c: generations.list_generations(c, Filter(profile_id="p"), "-created_at", 50, 0),
    "history, of a status": lambda c: generations.list_generations(c, Filter(status="failed"), "-created_at", 50, 0),
    "history, favourites": lambda c: generations.list_generations(c, Filter(favorite=True), "-created_at", 50, 0),
    "history, of an engine": lambda c: generations.list_generations(c, Filter(engine="e"), "-created_at", 50, 0),
    "history, of a language": lambda c: generations.list_generations(c, Filter(language="de"), "-created_at", 50, 0),
    "history, since": lambda c: generations.list_generations(c, Filter(since="2026"), "-created_at", 50, 0),
    "history, searched": lambda c: generations.list_generations(c, Filter(search="word"), "-created_at", 50, 0),
    "profiles, newest first": lambda c: profiles.list_profiles(c, None, "-created_at", 50, 0),
    "profiles, by name": lambda c: profiles.list_profiles(c, None, "name", 50, 0),
    "jobs, newest first": lambda c: jobs.list_jobs(c, None, None, None, 50, 0),
    "jobs, of a status": lambda c: jobs.list_jobs(c, "failed", None, None, 50, 0),
    "jobs, of a kind": lambda c: jobs.list_jobs(c, None, "generation", None, 50, 0),
    "jobs, of a kind and a status": lambda c: jobs.list_jobs(c, "failed", "generation", None, 50, 0),
    "jobs, parts of one": lambda c: jobs.list_jobs(c, None, None, "batch", 50, 0),
    "the next job": lambda c: jobs.next_in_turn(c, "engine", "batch"),
    "the next short job": lambda c: jobs.waiting_alone(c, "engine", 20),
    "the next lines of a batch": lambda c: jobs.next_children(c, "batch", 20),
    "whether the queue is full": lambda c: jobs.are_waiting(c, 1_000),
    "what nobody heard of": jobs.unannounced,
    "when the engine began": lambda c: jobs.running_since(c, "engine"),
}


@pytest.mark.parametrize("query", PAGES.values(), ids=PAGES.keys())
async def test_a_page_is_read_from_an_index_and_not_sorted(database: Database, query: Query) -> None:
    steps = await database.read(lambda connection: _plan(connection, query))
    assert steps
    assert not [step for step in steps if _is_costly(step)], steps


def _plan(connection: Connection, query: Query) -> list[str]:
    """What SQLite means to do for each statement of a query, and whether it is asked for a page or for all."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    query(connection)
    event.remove(connection, "before_cursor_execute", note)
    steps = []
    for statement, parameters in asked:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps += [f"{row[3]}, {'a page' if 'LIMIT' in statement else 'all'}" for row in plan]
    return steps


def _is_costly(step: str) -> bool:
    """Whether a table is walked through or sorted; a page in the order of the row numbers is the table's own.

    The totals are a dozen rows, however many they count.
    """
    if step.startswith("SCAN history_totals"):
        return False
    walks = step.startswith("SCAN") and step.endswith("all") and "INDEX" not in step and "VIRTUAL TABLE" not in step
    return walks or step.startswith("USE TEMP B-TREE FOR ORDER BY")
