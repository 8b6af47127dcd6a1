"""The job that writes down what is said in samples that came without text."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.equipment import Equipment
from sidecar.services.views import sample_view
from sidecar.store import profiles as store
from sidecar.store import rows
from sidecar.store.tables import samples
from sidecar.store.values import Row

SAMPLE_TRANSCRIPTION = "sample_transcription"


class SampleTranscriptionJob(JobKind):
    """Transcribes samples one by one. A text that somebody typed meanwhile is never overwritten."""

    name = SAMPLE_TRANSCRIPTION
    lane = "engine"

    def __init__(self, equipment: Equipment) -> None:
        self._on = equipment

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Listen to every sample that is still without text."""
        sample_ids, language = job["payload"]["sample_ids"], job["payload"]["language"]
        whisper = self._on.whisper(language)
        texts: dict[str, str] = {}
        for number, sample_id in enumerate(sample_ids):
            progress.report("transcribing", number, len(sample_ids), "samples")
            sample = await self._sample(sample_id)
            if sample is not None and sample["text"] is None:
                texts[sample_id] = await self._listen(sample, whisper, language)

        def commit(connection: Connection) -> dict[str, Any]:
            for sample_id, text in texts.items():
                sample = rows.find(connection, samples, sample_id)
                if sample is not None and sample["text"] is None:
                    rows.change(connection, samples, sample_id, text=text)
                    store.touch(connection, sample["profile_id"])
            return {}

        return Outcome(commit)

    async def _sample(self, sample_id: str) -> Row | None:
        return await self._on.database.read(lambda connection: rows.find(connection, samples, sample_id))

    async def _listen(self, sample: Row, whisper: dict[str, Any], language: str | None) -> str:
        params = whisper | {
            "path": str(self._on.files.absolute(sample["audio_path"])),
            "language": language,
            "words": False,
            "vad": True,
        }
        return str((await self._on.models.call("transcription.run", params))["text"])

    def result(self, connection: Connection, job: Row) -> dict[str, Any]:
        """The samples with their texts."""
        found = (rows.find(connection, samples, sample_id) for sample_id in job["payload"]["sample_ids"])
        return {"samples": [sample_view(self._on.files, row) for row in found if row is not None]}
