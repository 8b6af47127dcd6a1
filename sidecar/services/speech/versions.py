"""The versions of a generation: takes, what effects made of them, imports. The default one is heard."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from sidecar.errors import Conflict
from sidecar.jobs.runner import JobRunner
from sidecar.services.effects.chains import require_packages, whole
from sidecar.services.effects.job import EFFECTS_JOB
from sidecar.services.effects.table import EffectValue
from sidecar.services.history.service import audio_or_refuse
from sidecar.services.views import View, version_view
from sidecar.store import project_sources, rows
from sidecar.store import versions as store
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.project_sources import OnUse
from sidecar.store.tables import generations
from sidecar.store.values import Row


class VersionService:
    """What can be done with versions."""

    def __init__(self, database: Database, files: FileStore, jobs: JobRunner) -> None:
        self._database = database
        self._files = files
        self._jobs = jobs

    async def list_of(self, generation_id: str) -> list[View]:
        """A generation's versions, oldest first. Raises `NotFound`."""
        found = await self._database.read(lambda connection: store.versions_shown(connection, generation_id))
        return [version_view(self._files, row) for row in found]

    async def set_default(self, generation_id: str, version_id: str) -> View:
        """Let a generation be heard in this version; gives the version. Raises `NotFound`."""

        def change(connection: Connection) -> Row:
            store.get_version(connection, generation_id, version_id)
            store.make_default(connection, generation_id, version_id)
            return store.get_version(connection, generation_id, version_id)

        return version_view(self._files, await self._database.write(change))

    async def delete(self, generation_id: str, version_id: str, on_use: OnUse) -> None:
        """Delete a version and its audio; what was made of it stays.

        Raises:
            NotFound: there is no such version.
            Conflict: it is the last one, or a project's clips play it and `on_use` does not leave the audio to it.

        """

        def change(connection: Connection) -> None:
            version = store.get_version(connection, generation_id, version_id)
            if len(store.versions_shown(connection, generation_id)) == 1:
                raise Conflict(
                    "It is the generation's last version; delete the generation with history.delete instead.",
                    resource="version",
                    id=version_id,
                )
            with project_sources.released(connection, self._files, on_use, [generation_id], version_id):
                store.delete_version(connection, version)
            self._files.delete_once_written(connection, [version["audio_path"]])

        await self._database.write(change)

    async def apply_effects(
        self, generation_id: str, version_id: str | None, effects: list[EffectValue], label: str | None
    ) -> str:
        """Start making a new version by effects of the one that is named, or of the default one; gives the job.

        Raises:
            InvalidParams: the chain makes no sense.
            Unsupported: the packages for effects are not installed.
            NotFound: there is no such generation or version.
            Conflict: the generation has no audio yet.

        """
        chain = whole(effects)
        require_packages(chain)

        def change(connection: Connection) -> str:
            generation = rows.get(connection, generations, generation_id, "generation")
            source = audio_or_refuse(connection, generation, version_id)
            payload: dict[str, Any] = {"source_version_id": source["id"], "effects": chain, "label": label}
            return self._jobs.enqueue(connection, EFFECTS_JOB, generation_id, payload)

        return await self._jobs.submit(change)
