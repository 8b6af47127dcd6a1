"""The job that listens to a recording."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Connection

from sidecar.errors import VoiceboxError
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.equipment import Equipment
from sidecar.services.views import transcription_view
from sidecar.store import rows, usage
from sidecar.store import transcriptions as store
from sidecar.store.tables import transcriptions
from sidecar.store.values import Row

TRANSCRIPTION: Literal["transcription"] = "transcription"
ENGINE = "whisper"


class TranscriptionJob(JobKind):
    """Listens to a recording."""

    name = TRANSCRIPTION
    lane = "engine"

    def __init__(self, equipment: Equipment) -> None:
        self._on = equipment

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Transcribe from the beginning; there is nothing half done to go on with."""
        row = await self._on.database.read(lambda connection: store.get_transcription(connection, job["subject"]))
        whisper = self._on.whisper(row["settings"]["language"], row["model"])
        progress.report("listening", 0, row["duration_s"], "seconds")
        params = row["settings"] | whisper | {"path": str(self._on.files.absolute(row["audio_path"]))}
        heard = await self._on.models.call(
            "transcription.run",
            params,
            lambda news: progress.report(news["stage"], news["completed"], news["total"], news["unit"]),
        )

        made = {"audio_s": heard["duration_s"], "compute_s": heard.pop("compute_s")}

        def commit(connection: Connection) -> dict[str, Any]:
            usage.note(connection, TRANSCRIPTION, engine=ENGINE, model=row["model"], **made)
            rows.change(connection, transcriptions, job["subject"], status="completed", error=None, **heard)
            return {}

        return Outcome(commit)

    def started(self, connection: Connection, job: Row) -> None:
        """Mark the transcription as running."""
        rows.change(connection, transcriptions, job["subject"], status="running")

    def ended_badly(self, connection: Connection, job: Row, status: str, error: VoiceboxError) -> None:
        """Mark the transcription; its recording stays."""
        rows.change(connection, transcriptions, job["subject"], status=status, error=error.payload())

    def result(self, connection: Connection, job: Row) -> dict[str, Any]:
        """The transcription, if nobody has deleted it since."""
        row = rows.find(connection, transcriptions, job["subject"])
        return {} if row is None else {"transcription": transcription_view(self._on.files, row)}
