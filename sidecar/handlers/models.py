"""`models.*`, but for loading and unloading."""

from __future__ import annotations

from pathlib import Path

from sidecar.schema.common import Empty
from sidecar.schema.models import (
    Model,
    ModelList,
    ModelResult,
    ModelsDeleteParams,
    ModelsDownloadParams,
    ModelsInstallParams,
    ModelsMoveParams,
    ModelsMoveResult,
    ModelsVerifyParams,
)
from sidecar.services.jobs import JobService
from sidecar.services.models.service import ModelService


class ModelHandlers:
    """Models on the disk."""

    def __init__(self, models: ModelService, jobs: JobService) -> None:
        self._models = models
        self._jobs = jobs

    async def list(self, params: Empty) -> ModelList:
        """List the models that this program knows, which are there, and which suit this machine."""
        items = [Model(**view) for view in await self._models.list_all()]
        return ModelList(items=items, total=len(items))

    async def download(self, params: ModelsDownloadParams) -> ModelResult:
        """Fetch a model, or go on with it: what is on the disk is not fetched again."""
        job_id = await self._models.download(params.model)
        return await self._result(params.model, job_id, params.wait)

    async def install(self, params: ModelsInstallParams) -> ModelResult:
        """Take a model from a folder or an archive on the disk."""
        job_id = await self._models.install(params.model, Path(params.path))
        return await self._result(params.model, job_id, params.wait)

    async def verify(self, params: ModelsVerifyParams) -> ModelResult:
        """Check every byte of a model."""
        job_id = await self._models.verify(params.model)
        return await self._result(params.model, job_id, params.wait)

    async def delete(self, params: ModelsDeleteParams) -> ModelResult:
        """Remove a model from the disk."""
        await self._models.delete(params.model, params.also_shared)
        return ModelResult(model=Model(**await self._models.get(params.model)))

    async def move(self, params: ModelsMoveParams) -> ModelsMoveResult:
        """Move all models to another folder, perhaps on another disk."""
        job_id = await self._models.move(Path(params.path))
        if params.wait:
            await self._jobs.outcome(job_id)
        return ModelsMoveResult(models_dir=str(self._models.home), job_id=job_id)

    async def _result(self, model: str, job_id: str, wait: bool) -> ModelResult:
        if wait:
            await self._jobs.outcome(job_id)
        return ModelResult(model=Model(**await self._models.get(model)), job_id=job_id)
