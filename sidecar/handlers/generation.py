"""`generation.*`."""

from __future__ import annotations

from sidecar.schema.generation import (
    Generation,
    GenerationCreateParams,
    GenerationRegenerateParams,
    GenerationRetryParams,
    GenerationStarted,
)
from sidecar.services.jobs import JobService
from sidecar.services.speech.generation import GenerationService, SpeechRequest


class GenerationHandlers:
    """Speaking."""

    def __init__(self, generation: GenerationService, jobs: JobService) -> None:
        self._generation = generation
        self._jobs = jobs

    async def create(self, params: GenerationCreateParams) -> GenerationStarted:
        """Speak a text in a profile's voice."""
        wanted = params.model_dump(exclude={"wait"})
        generation_id, job_id = await self._generation.create(SpeechRequest(**wanted))
        return await self._started(generation_id, job_id, params.wait)

    async def retry(self, params: GenerationRetryParams) -> GenerationStarted:
        """Go on with a failed or cancelled generation at its first unspoken chunk."""
        job_id = await self._generation.retry(params.generation_id, params.verify)
        return await self._started(params.generation_id, job_id, params.wait)

    async def regenerate(self, params: GenerationRegenerateParams) -> GenerationStarted:
        """Make another take of the same text; it becomes the default version, the others stay."""
        changes = params.model_dump(exclude={"generation_id", "seed", "stream", "wait"}, exclude_unset=True)
        job_id = await self._generation.regenerate(params.generation_id, params.seed, params.stream, changes)
        return await self._started(params.generation_id, job_id, params.wait)

    async def _started(self, generation_id: str, job_id: str, wait: bool) -> GenerationStarted:
        if wait:
            await self._jobs.outcome(job_id)
        return GenerationStarted(generation=Generation(**await self._generation.get(generation_id)), job_id=job_id)
