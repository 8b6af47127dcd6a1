"""What was spoken: listed, searched, named, deleted, carried out and in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from sidecar.engines.pool import EnginePool
from sidecar.errors import Conflict, NotFound
from sidecar.jobs.runner import JobRunner
from sidecar.services.deletion import delete_unworked
from sidecar.services.history.exports import HISTORY_EXPORT, HISTORY_EXPORT_ZIP
from sidecar.services.history.transfers import HISTORY_IMPORT
from sidecar.services.targets import require_target
from sidecar.services.views import View, generation_view
from sidecar.store import generations as store
from sidecar.store import jobs as queue
from sidecar.store import profiles, project_sources, rows
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.project_sources import OnUse
from sidecar.store.tables import generations
from sidecar.store.values import Row, new_id, utc_now

IMPORT_ENGINE = "import"


class HistoryService:
    """What can be done with generations once they exist."""

    def __init__(self, database: Database, files: FileStore, audio: EnginePool, jobs: JobRunner) -> None:
        self._database = database
        self._files = files
        self._audio = audio
        self._jobs = jobs

    async def list_page(self, by: store.Filter, sort: store.Sort, limit: int, offset: int) -> tuple[list[View], int]:
        """One page of history and how many rows match. Raises `NotFound` for a profile that is not there."""

        def query(connection: Connection) -> tuple[list[Row], int]:
            narrowed = by
            if by.profile_id is not None:
                narrowed = replace(by, profile_id=profiles.resolve(connection, by.profile_id)["id"])
            return store.list_generations(connection, narrowed, sort, limit, offset)

        found, total = await self._database.browse(query)
        return [generation_view(self._files, row) for row in found], total

    async def update(self, generation_id: str, changes: dict[str, Any]) -> View:
        """Change title or favourite."""

        def change(connection: Connection) -> Row:
            rows.get(connection, generations, generation_id, "generation")
            if changes:
                rows.change(connection, generations, generation_id, **changes)
            return store.get_generation(connection, generation_id)

        return generation_view(self._files, await self._database.write(change))

    async def delete(self, generation_ids: list[str], on_use: OnUse) -> int:
        """Delete generations with their audio, cancelling what is at work on them. All can be, or nothing happens.

        Raises:
            NotFound: one of them does not exist.
            Conflict: a project's clips play one of them, and `on_use` does not leave the audio to it.

        """
        wanted = list(dict.fromkeys(generation_ids))

        def at_work(connection: Connection) -> list[str]:
            for generation_id in wanted:
                rows.get(connection, generations, generation_id, "generation")
            if on_use == "refuse":
                project_sources.refuse_used(connection, wanted)
            return queue.open_jobs_about(connection, wanted)

        def delete(connection: Connection) -> None:
            with project_sources.released(connection, self._files, on_use, wanted):
                self._files.delete_once_written(connection, store.delete_generations(connection, wanted))

        await delete_unworked(self._database, self._jobs, at_work, delete)
        return len(wanted)

    async def statistics(self) -> Row:
        """Counts and sums over the whole history."""
        found = await self._database.browse(store.statistics)
        return found | {"total": sum(found["by_status"].values())}

    async def export(self, generation_id: str, version_id: str | None, format: str, path: str) -> str:
        """Start writing a version's audio to a path; gives the job."""
        require_target(path, self._files.root)

        def change(connection: Connection) -> str:
            generation = rows.get(connection, generations, generation_id, "generation")
            version = audio_or_refuse(connection, generation, version_id)
            payload = {"version_id": version["id"], "path": path, "format": format}
            return self._jobs.enqueue(connection, HISTORY_EXPORT, generation_id, payload)

        return await self._jobs.submit(change)

    async def export_zip(self, generation_ids: list[str], format: str, path: str) -> str:
        """Start writing the default versions of several generations into one zip; gives the job."""
        require_target(path, self._files.root)

        def change(connection: Connection) -> str:
            found = [rows.get(connection, generations, each, "generation") for each in generation_ids]
            version_ids = [audio_or_refuse(connection, generation, None)["id"] for generation in found]
            payload = {"version_ids": version_ids, "path": path, "format": format}
            return self._jobs.enqueue(connection, HISTORY_EXPORT_ZIP, path, payload)

        return await self._jobs.submit(change)

    async def import_audio(self, path: str, title: str | None) -> tuple[str, str]:
        """Start taking a recording into history; gives the row's id and the job's. Raises `InvalidAudio`."""
        await self._audio.call("audio.probe", {"path": path})

        def change(connection: Connection) -> tuple[str, str]:
            generation_id = new_id()
            rows.add(
                connection,
                generations,
                id=generation_id,
                profile_name="",
                title=title or path.replace("\\", "/").rpartition("/")[2],
                text="",
                engine=IMPORT_ENGINE,
                settings={"imported_from": path},
                status="queued",
                created_at=utc_now(),
            )
            return generation_id, self._jobs.enqueue(connection, HISTORY_IMPORT, generation_id, {"path": path})

        return await self._jobs.submit(change)


def audio_or_refuse(connection: Connection, generation: Row, version_id: str | None) -> Row:
    """The version that is asked for, or the default one.

    Raises:
        NotFound: the generation has no such version.
        Conflict: it has no audio yet.

    """
    version = store.audio_of(connection, generation["id"], version_id)
    if version is not None:
        return version
    if version_id is not None:
        raise NotFound(f"The generation has no version {version_id!r}.", resource="version", id=version_id)
    raise Conflict(
        f"The generation is {generation['status']} and has no audio; wait for its job, or retry it.",
        resource="generation",
        id=generation["id"],
    )
