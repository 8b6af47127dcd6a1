"""`transcription.*`."""

from __future__ import annotations

from sidecar.schema.common import Done, next_offset
from sidecar.schema.transcription import (
    Transcription,
    TranscriptionCreateParams,
    TranscriptionExported,
    TranscriptionExportParams,
    TranscriptionIdParams,
    TranscriptionList,
    TranscriptionListParams,
    TranscriptionResult,
    TranscriptionStarted,
)
from sidecar.services.incoming import GivenAudio
from sidecar.services.jobs import JobService
from sidecar.services.transcription.service import TranscriptionService


class TranscriptionHandlers:
    """What is said in recordings."""

    def __init__(self, transcription: TranscriptionService, jobs: JobService) -> None:
        self._transcription = transcription
        self._jobs = jobs

    async def create(self, params: TranscriptionCreateParams) -> TranscriptionStarted:
        """Transcribe a recording of any length; the recording is kept."""
        language = None if params.language == "auto" else params.language
        given = GivenAudio(params.path, params.data)
        transcription_id, job_id = await self._transcription.create(
            given, language, params.model, params.words, params.vad
        )
        if params.wait:
            await self._jobs.outcome(job_id)
        view = await self._transcription.get(transcription_id)
        return TranscriptionStarted(transcription=Transcription(**view), job_id=job_id)

    async def get(self, params: TranscriptionIdParams) -> TranscriptionResult:
        """Fetch one transcription."""
        view = await self._transcription.get(params.transcription_id)
        return TranscriptionResult(transcription=Transcription(**view))

    async def list(self, params: TranscriptionListParams) -> TranscriptionList:
        """List transcriptions, newest first."""
        found, total = await self._transcription.list_page(params.status, params.search, params.limit, params.offset)
        items = [Transcription(**view) for view in found]
        return TranscriptionList(items=items, total=total, next_offset=next_offset(params.offset, len(items), total))

    async def delete(self, params: TranscriptionIdParams) -> Done:
        """Delete a transcription and its recording."""
        await self._transcription.delete(params.transcription_id)
        return Done()

    async def export(self, params: TranscriptionExportParams) -> TranscriptionExported:
        """Write a transcription out as text, subtitles or JSON."""
        text = await self._transcription.export(params.transcription_id, params.format, params.path)
        return TranscriptionExported(text=text if params.path is None else None, path=params.path)
