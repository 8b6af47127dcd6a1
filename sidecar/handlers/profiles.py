"""`profiles.*`."""

from __future__ import annotations

from sidecar.schema.common import Done, next_offset
from sidecar.schema.profiles import (
    PrepareResult,
    Profile,
    ProfileIdParams,
    ProfileList,
    ProfileResult,
    ProfilesAddSampleParams,
    ProfilesCloneDesignParams,
    ProfilesCreateParams,
    ProfilesDeleteParams,
    ProfilesDuplicateParams,
    ProfilesListParams,
    ProfilesPrepareParams,
    ProfilesSetAvatarParams,
    ProfilesUpdateParams,
    ProfilesUpdateSampleParams,
    Sample,
    SampleIdParams,
    SampleIn,
    SampleList,
    SampleResult,
)
from sidecar.services.incoming import GivenAudio
from sidecar.services.jobs import JobService
from sidecar.services.profiles.samples import NewSample, SampleService
from sidecar.services.profiles.service import ProfileService


class ProfileHandlers:
    """Voices and their samples."""

    def __init__(self, profiles: ProfileService, samples: SampleService, jobs: JobService) -> None:
        self._profiles = profiles
        self._samples = samples
        self._jobs = jobs

    async def create(self, params: ProfilesCreateParams) -> ProfileResult:
        """Make a profile, with its samples or without; together or not at all.

        Clone only the voice of somebody who has agreed to that: this program asks nobody, and cannot tell.
        """
        values = params.model_dump(exclude={"samples", "wait"})
        profile_id, job_id = await self._profiles.create(values, [_new(sample) for sample in params.samples])
        await self._wait(job_id if params.wait else None)
        return ProfileResult(profile=Profile(**await self._profiles.get(profile_id)), job_id=job_id)

    async def get(self, params: ProfileIdParams) -> ProfileResult:
        """Fetch a profile by its id or its name."""
        return ProfileResult(profile=Profile(**await self._profiles.get(params.profile_id)))

    async def list(self, params: ProfilesListParams) -> ProfileList:
        """List profiles."""
        found, total = await self._profiles.list_page(params.search, params.sort, params.limit, params.offset)
        items = [Profile(**view) for view in found]
        return ProfileList(items=items, total=total, next_offset=next_offset(params.offset, len(items), total))

    async def update(self, params: ProfilesUpdateParams) -> ProfileResult:
        """Change a profile; fields that are absent stay, null clears."""
        changes = params.model_dump(exclude={"profile_id"}, exclude_unset=True)
        return ProfileResult(profile=Profile(**await self._profiles.update(params.profile_id, changes)))

    async def delete(self, params: ProfilesDeleteParams) -> Done:
        """Delete a profile and its samples; what was spoken with it stays unless asked otherwise."""
        await self._profiles.delete(params.profile_id, params.delete_generations, params.on_use)
        return Done()

    async def duplicate(self, params: ProfilesDuplicateParams) -> ProfileResult:
        """Copy a profile with its samples."""
        return ProfileResult(profile=Profile(**await self._profiles.duplicate(params.profile_id, params.name)))

    async def add_sample(self, params: ProfilesAddSampleParams) -> SampleResult:
        """Add a recording: measured, repaired, trimmed to its best part, transcribed if no text is given."""
        sample_id, job_id = await self._samples.add(params.profile_id, _new(params))
        await self._wait(job_id if params.wait else None)
        return SampleResult(sample=Sample(**await self._samples.get(sample_id)), job_id=job_id)

    async def update_sample(self, params: ProfilesUpdateSampleParams) -> SampleResult:
        """Change a sample's text or its place in the order."""
        changes = params.model_dump(exclude={"sample_id"}, exclude_unset=True)
        return SampleResult(sample=Sample(**await self._samples.update(params.sample_id, changes)))

    async def remove_sample(self, params: SampleIdParams) -> Done:
        """Remove a sample and its audio."""
        await self._samples.remove(params.sample_id)
        return Done()

    async def list_samples(self, params: ProfileIdParams) -> SampleList:
        """List a profile's samples in their order."""
        items = [Sample(**view) for view in await self._samples.list_of(params.profile_id)]
        return SampleList(items=items, total=len(items))

    async def clone_design(self, params: ProfilesCloneDesignParams) -> ProfileResult:
        """Make a cloned profile of a designed voice: it speaks a text once and is cloned from that."""
        wanted = params.model_dump(exclude={"wait"})
        profile_id, job_id = await self._profiles.clone_design(**wanted)
        await self._wait(job_id if params.wait else None)
        return ProfileResult(profile=Profile(**await self._profiles.get(profile_id)), job_id=job_id)

    async def prepare(self, params: ProfilesPrepareParams) -> PrepareResult:
        """Build and cache the voice prompt ahead of time."""
        job_id = await self._profiles.prepare(params.profile_id, params.engine)
        result = await self._jobs.outcome(job_id) if params.wait else {}
        return PrepareResult(job_id=job_id, prompt_cached=result.get("prompt_cached"))

    async def set_avatar(self, params: ProfilesSetAvatarParams) -> ProfileResult:
        """Give a profile a picture, or take it away with a null path."""
        return ProfileResult(profile=Profile(**await self._profiles.set_avatar(params.profile_id, params.path)))

    async def _wait(self, job_id: str | None) -> None:
        if job_id is not None:
            await self._jobs.outcome(job_id)


def _new(sample: SampleIn) -> NewSample:
    return NewSample(GivenAudio(sample.path, sample.data), sample.text, sample.start_s, sample.end_s)
