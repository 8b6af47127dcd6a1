"""The part of `generation.*` that is about versions."""

from __future__ import annotations

from sidecar.schema.generation import Generation, GenerationIdParams
from sidecar.schema.versions import (
    ApplyEffectsParams,
    DeleteVersionParams,
    EffectsStarted,
    Version,
    VersionDeleted,
    VersionIdParams,
    VersionList,
    VersionResult,
)
from sidecar.services.jobs import JobService
from sidecar.services.speech.generation import GenerationService
from sidecar.services.speech.versions import VersionService


class VersionHandlers:
    """The ways in which a generation can be heard."""

    def __init__(self, versions: VersionService, generation: GenerationService, jobs: JobService) -> None:
        self._versions = versions
        self._generation = generation
        self._jobs = jobs

    async def list_versions(self, params: GenerationIdParams) -> VersionList:
        """List a generation's versions, oldest first."""
        items = [Version(**view) for view in await self._versions.list_of(params.generation_id)]
        return VersionList(items=items, total=len(items))

    async def set_default_version(self, params: VersionIdParams) -> VersionResult:
        """Choose the version in which a generation is heard."""
        version = Version(**await self._versions.set_default(params.generation_id, params.version_id))
        return VersionResult(version=version, generation=await self._shown(params.generation_id))

    async def delete_version(self, params: DeleteVersionParams) -> VersionDeleted:
        """Delete a version and its audio; the newest that is left takes the place of a default one."""
        await self._versions.delete(params.generation_id, params.version_id, params.on_use)
        return VersionDeleted(generation=await self._shown(params.generation_id))

    async def apply_effects(self, params: ApplyEffectsParams) -> EffectsStarted:
        """Make a new version by effects, which becomes the default one; the one that it is made of stays."""
        wanted = params.model_dump(exclude={"wait"})
        job_id = await self._versions.apply_effects(**wanted)
        result = await self._jobs.outcome(job_id) if params.wait else {}
        version = Version(**result["version"]) if "version" in result else None
        return EffectsStarted(version=version, generation=await self._shown(params.generation_id), job_id=job_id)

    async def _shown(self, generation_id: str) -> Generation:
        return Generation(**await self._generation.get(generation_id))
