"""Carrying audio into the data folder, and a file out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sidecar.durable import publish
from sidecar.engines.pool import EnginePool
from sidecar.errors import VoiceboxError
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.new_files import NewFiles
from sidecar.services.views import generation_view
from sidecar.store import generations as store
from sidecar.store import rows
from sidecar.store.files import FileStore
from sidecar.store.tables import generations, versions
from sidecar.store.values import Row, new_id, utc_now
from sidecar.uninterrupted import in_thread

HISTORY_IMPORT = "history_import"


class ImportJob(JobKind):
    """Takes a recording of the user's into history."""

    name = HISTORY_IMPORT
    lane = "audio"

    def __init__(self, files: FileStore, audio: EnginePool) -> None:
        self._files = files
        self._audio = audio

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Decode the whole recording into a WAV of our own."""
        progress.report("decoding", 0, 1, "files")
        temporary = self._files.temporary(".wav")
        version_id = new_id()
        with NewFiles(self._files) as new:
            try:
                params = {"path": job["payload"]["path"], "out_path": str(temporary)}
                taken = await self._audio.call("audio.import_recording", params)
                audio_path = await new.adopt(temporary, "generations", f"{version_id}.wav")
            finally:
                temporary.unlink(missing_ok=True)

        def commit(connection: Connection) -> dict[str, Any]:
            now = utc_now()
            rows.add(
                connection,
                versions,
                id=version_id,
                generation_id=job["subject"],
                label="Import",
                kind="import",
                audio_path=audio_path,
                duration_s=taken["duration_s"],
                sample_rate=taken["sample_rate"],
                created_at=now,
            )
            done = {"status": "completed", "default_version_id": version_id, "finished_at": now}
            rows.change(connection, generations, job["subject"], **done)
            return {}

        return Outcome(commit, take_back=new.take_back)

    def started(self, connection: Connection, job: Row) -> None:
        """Mark the row as running."""
        rows.change(connection, generations, job["subject"], status="running")

    def ended_badly(self, connection: Connection, job: Row, status: str, error: VoiceboxError) -> None:
        """Mark the row."""
        values = {"status": status, "error": error.payload(), "finished_at": utc_now()}
        rows.change(connection, generations, job["subject"], **values)

    def result(self, connection: Connection, job: Row) -> dict[str, Any]:
        """The row in history, if nobody has deleted it since."""
        if rows.find(connection, generations, job["subject"]) is None:
            return {}
        return {"generation": generation_view(self._files, store.get_generation(connection, job["subject"]))}


async def write_beside(
    audio: EnginePool,
    source: Path,
    part: Path,
    target: Path,
    format: str,
    sample_rate: int | None = None,
    tags: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Convert `source` into `target` through its neighbour `part`, so that a half-written file is never seen.

    Gives `{size_bytes, duration_s, sample_rate}`. Raises what `audio.convert` raises.
    """
    try:
        params = {"path": str(source), "out_path": str(part), "format": format}
        written = await audio.call("audio.convert", params | {"sample_rate": sample_rate, "tags": tags})
        await in_thread(publish, part, target)
    finally:
        part.unlink(missing_ok=True)
    return {field: written[field] for field in ("size_bytes", "duration_s", "sample_rate")}
