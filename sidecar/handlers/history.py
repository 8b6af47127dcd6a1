"""`history.*`."""

from __future__ import annotations

from sidecar.schema.common import Empty, next_offset
from sidecar.schema.generation import (
    Exported,
    Generation,
    GenerationIdParams,
    GenerationList,
    GenerationResult,
    GenerationStarted,
    HistoryDeleted,
    HistoryDeleteParams,
    HistoryExportParams,
    HistoryImportParams,
    HistoryListParams,
    HistoryStats,
    HistoryUpdateParams,
)
from sidecar.services.history.service import HistoryService
from sidecar.services.jobs import JobService
from sidecar.services.speech.generation import GenerationService
from sidecar.store.generations import Filter


class HistoryHandlers:
    """What was spoken."""

    def __init__(self, history: HistoryService, generation: GenerationService, jobs: JobService) -> None:
        self._history = history
        self._generation = generation
        self._jobs = jobs

    async def list(self, params: HistoryListParams) -> GenerationList:
        """List and search what was spoken, newest first."""
        by = Filter(**params.model_dump(exclude={"sort", "limit", "offset"}))
        found, total = await self._history.list_page(by, params.sort, params.limit, params.offset)
        items = [Generation(**view) for view in found]
        return GenerationList(items=items, total=total, next_offset=next_offset(params.offset, len(items), total))

    async def get(self, params: GenerationIdParams) -> GenerationResult:
        """Fetch one generation."""
        return GenerationResult(generation=Generation(**await self._generation.get(params.generation_id)))

    async def update(self, params: HistoryUpdateParams) -> GenerationResult:
        """Name a generation or mark it as a favourite."""
        changes = params.model_dump(exclude={"generation_id"}, exclude_unset=True)
        if "favorite" in changes:
            changes["favorite"] = bool(params.favorite)
        return GenerationResult(generation=Generation(**await self._history.update(params.generation_id, changes)))

    async def delete(self, params: HistoryDeleteParams) -> HistoryDeleted:
        """Delete generations and their audio, all of them or none."""
        return HistoryDeleted(deleted=await self._history.delete(params.generation_ids, params.on_use))

    async def stats(self, params: Empty) -> HistoryStats:
        """Count what was spoken."""
        return HistoryStats(**await self._history.statistics())

    async def export(self, params: HistoryExportParams) -> Exported:
        """Write a version's audio to a file, or that of several generations to one zip."""
        if params.generation_id is not None:
            job_id = await self._history.export(params.generation_id, params.version_id, params.format, params.path)
        else:
            job_id = await self._history.export_zip(params.generation_ids or [], params.format, params.path)
        written = await self._jobs.outcome(job_id) if params.wait else {}
        told = {field: written.get(field) for field in ("size_bytes", "duration_s", "file_count")}
        return Exported(job_id=job_id, path=params.path, **told)

    async def import_audio(self, params: HistoryImportParams) -> GenerationStarted:
        """Take a recording into history."""
        generation_id, job_id = await self._history.import_audio(params.path, params.title)
        if params.wait:
            await self._jobs.outcome(job_id)
        return GenerationStarted(generation=Generation(**await self._generation.get(generation_id)), job_id=job_id)
