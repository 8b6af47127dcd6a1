"""`models.load` and `models.unload`."""

from __future__ import annotations

from sidecar.schema.models import Model, ModelResult
from sidecar.schema.residency import ModelLoadParams, ModelsUnloaded, ModelUnloadParams, UnloadedModel
from sidecar.services.jobs import JobService
from sidecar.services.models.service import ModelService
from sidecar.services.residency import ResidencyService


class ResidencyHandlers:
    """Models in memory."""

    def __init__(self, residency: ResidencyService, jobs: JobService, models: ModelService) -> None:
        self._residency = residency
        self._jobs = jobs
        self._models = models

    async def load(self, params: ModelLoadParams) -> ModelResult:
        """Load a model ahead of its use."""
        job_id = await self._residency.load(params.model, params.wishes)
        if params.wait:
            await self._jobs.outcome(job_id)
        return ModelResult(model=Model(**await self._models.get(params.model)), job_id=job_id)

    async def unload(self, params: ModelUnloadParams) -> ModelsUnloaded:
        """Unload a model that nobody uses, or all; their memory is given back."""
        unloaded = [
            UnloadedModel(model=told["model"], device=told["device"], memory_bytes=told["memory_bytes"])
            for told in await self._residency.unload(params.model)
        ]
        return ModelsUnloaded(unloaded=unloaded, freed_bytes=sum(model.memory_bytes for model in unloaded))
