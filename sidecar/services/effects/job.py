"""The job that makes a new version of a generation by effects; the one that it is made of stays as it is."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import Connection

from sidecar.engines.pool import EnginePool
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.effects.derive import add_derived, derive
from sidecar.services.new_files import NewFiles
from sidecar.services.views import version_view
from sidecar.store import rows, versions
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.tables import versions as versions_table
from sidecar.store.values import Row

EFFECTS_JOB = "effects"


class EffectsJob(JobKind):
    """Applies a chain to a version."""

    name = EFFECTS_JOB
    lane = "audio"

    def __init__(self, database: Database, files: FileStore, audio: EnginePool) -> None:
        self._database = database
        self._files = files
        self._audio = audio

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Write the new version's audio, then its row."""
        wanted = job["payload"]
        with NewFiles(self._files) as new:
            async with self._files.keeping():
                source = await self._database.read(
                    lambda connection: versions.get_version(connection, job["subject"], wanted["source_version_id"])
                )
                derived = await derive(self._audio, source["audio_path"], wanted["effects"], progress, new)
            # Here a cancel takes effect, and not when the job has handed over what it made.
            await asyncio.sleep(0)

        def commit(connection: Connection) -> dict[str, Any]:
            add_derived(connection, job["subject"], source["id"], derived, wanted["label"])
            return {"version_id": derived.version_id}

        return Outcome(commit, take_back=new.take_back)

    def result(self, connection: Connection, job: Row) -> dict[str, Any]:
        """The version, if nobody has deleted it since."""
        version_id = job["result"]["version_id"]
        if rows.find(connection, versions_table, version_id) is None:
            return {}
        return {"version": version_view(self._files, versions.get_version(connection, job["subject"], version_id))}
