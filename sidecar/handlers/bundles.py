"""The part of `profiles.*` that carries profiles from one machine to another."""

from __future__ import annotations

from sidecar.schema.bundles import ProfileExported, ProfileImported, ProfilesExportParams, ProfilesImportParams
from sidecar.schema.profiles import Profile
from sidecar.services.jobs import JobService
from sidecar.services.profiles.bundles import ProfileBundleService


class ProfileBundleHandlers:
    """Profiles as files."""

    def __init__(self, bundles: ProfileBundleService, jobs: JobService) -> None:
        self._bundles = bundles
        self._jobs = jobs

    async def export(self, params: ProfilesExportParams) -> ProfileExported:
        """Write a profile with all that is in it to one file."""
        job_id = await self._bundles.export(params.profile_id, params.path, params.include_prompts)
        written = await self._jobs.outcome(job_id) if params.wait else {}
        return ProfileExported(job_id=job_id, path=params.path, size_bytes=written.get("size_bytes"))

    async def import_(self, params: ProfilesImportParams) -> ProfileImported:
        """Take in a profile that was exported, whole or not at all."""
        job_id = await self._bundles.import_(params.path, params.on_conflict)
        taken = await self._jobs.outcome(job_id) if params.wait else {}
        return ProfileImported(job_id=job_id, profile=Profile(**taken["profile"]) if "profile" in taken else None)
