from __future__ import annotations

from sqlalchemy import Connection

from sidecar.store import jobs as store
from sidecar.store.database import Database


async def test_jobs_are_listed_newest_first_by_status_kind_and_parent(database: Database) -> None:
    def change(connection: Connection) -> dict[str, str]:
        queued = {
            subject: store.enqueue(connection, kind, "engine", subject, {}, parent)
            for subject, kind, parent in (
                ("a", "generation", "all"),
                ("b", "generation", None),
                ("c", "transcription", "all"),
            )
        }
        store.finish(connection, queued["a"], "completed")
        return queued

    await database.write(change)

    async def listed(
        status: str | None = None,
        kind: str | None = None,
        parent_id: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[str], int]:
        page, total = await database.read(
            lambda connection: store.list_jobs(connection, status, kind, parent_id, limit, offset)
        )
        return [row["subject"] for row in page], total

    assert await listed() == (["c", "b", "a"], 3)
    assert await listed(limit=1, offset=1) == (["b"], 3)
    assert await listed(status="queued") == (["c", "b"], 2)
    assert await listed(kind="generation") == (["b", "a"], 2)
    assert await listed(parent_id="all") == (["c", "a"], 2)
    assert await listed(parent_id="all", status="queued") == (["c"], 1)
    assert await listed(status="completed", kind="transcription") == ([], 0)
    assert await database.read(store.queue_depth) == {"queued": 2, "running": 0}


async def test_only_jobs_that_have_not_ended_are_in_the_way(database: Database) -> None:
    def change(connection: Connection) -> tuple[list[str], list[str]]:
        ended, queued, running = (
            store.enqueue(connection, "generation", lane, "g", {}) for lane in ("engine", "engine", "audio")
        )
        store.enqueue(connection, "generation", "engine", "another", {})
        store.finish(connection, ended, "failed")
        store.begin(connection, store.get_job(connection, running))
        return sorted([queued, running]), sorted(store.open_jobs_about(connection, ["g", "h"]))

    expected, found = await database.write(change)
    assert found == expected


async def test_the_newest_job_about_a_subject_tells_what_was_asked(database: Database) -> None:
    def change(connection: Connection) -> dict[str, str]:
        for subject, version in (("g", "1"), ("g", "2"), ("other", "3")):
            store.enqueue(connection, "generation", "engine", subject, {"version_id": version})
        store.enqueue(connection, "history_export", "audio", "g", {"path": "a.wav"})
        return store.last_payload(connection, "generation", "g")

    assert await database.write(change) == {"version_id": "2"}


async def test_the_parts_of_a_job_are_told_in_their_order_and_those_that_wait_end_together(database: Database) -> None:
    def change(connection: Connection) -> tuple[list[str], list[str]]:
        parent = store.enqueue(connection, "batch", "batch", None, {})
        parts = [store.enqueue(connection, "generation", "engine", subject, {}, parent) for subject in "abcd"]
        other = store.enqueue(connection, "generation", "engine", "e", {}, "another")
        store.finish(connection, parts[1], "failed")
        store.begin(connection, store.get_job(connection, parts[0]))
        assert store.open_children(connection, parent) == [parts[0], parts[2], parts[3]]
        assert [part["id"] for part in store.children(connection, parent, "queued")] == parts[2:]
        store.finish_waiting_children(connection, parent, "cancelled", error={"kind": "cancelled"})
        assert store.get_job(connection, other)["status"] == "queued"
        ended = [part["status"] for part in store.children(connection, parent)]
        return ended, [store.get_job(connection, part)["error"] for part in parts]

    statuses, errors = await database.write(change)
    assert statuses == ["running", "failed", "cancelled", "cancelled"]
    assert errors == [None, None, {"kind": "cancelled"}, {"kind": "cancelled"}]
