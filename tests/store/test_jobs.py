from __future__ import annotations

from sqlalchemy import Connection

from sidecar.store import jobs as store
from sidecar.store.database import Database


async def test_jobs_are_listed_newest_first_by_status_and_kind(database: Database) -> None:
    def change(connection: Connection) -> dict[str, str]:
        queued = {
            subject: store.enqueue(connection, kind, "engine", subject, {})
            for subject, kind in (("a", "generation"), ("b", "generation"), ("c", "transcription"))
        }
        store.finish(connection, queued["a"], "completed")
        return queued

    await database.write(change)

    async def listed(
        status: str | None = None, kind: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[list[str], int]:
        page, total = await database.read(lambda connection: store.list_jobs(connection, status, kind, limit, offset))
        return [row["subject"] for row in page], total

    assert await listed() == (["c", "b", "a"], 3)
    assert await listed(limit=1, offset=1) == (["b"], 3)
    assert await listed(status="queued") == (["c", "b"], 2)
    assert await listed(kind="generation") == (["b", "a"], 2)
    assert await listed(status="completed", kind="transcription") == ([], 0)
    assert await database.read(store.queue_depth) == {"queued": 2, "running": 0}


async def test_only_jobs_that_have_not_ended_are_in_the_way(database: Database) -> None:
    def change(connection: Connection) -> tuple[list[str], list[str]]:
        ended, queued, running = (
            store.enqueue(connection, "generation", lane, "g", {}) for lane in ("engine", "engine", "audio")
        )
        store.enqueue(connection, "generation", "engine", "another", {})
        store.finish(connection, ended, "failed")
        store.take_next(connection, "audio")
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
