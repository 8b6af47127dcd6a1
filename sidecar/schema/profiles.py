"""`profiles.*`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from sidecar.schema.common import (
    WAIT,
    AbsolutePath,
    AudioIn,
    ChangeParams,
    Id,
    Language,
    Name,
    OnUse,
    Page,
    Params,
    Result,
)
from sidecar.schema.effects import Effects
from sidecar.timeline import LONGEST_S


class ClonedVoice(Params):
    """The voice of the profile's samples."""

    kind: Literal["cloned"] = "cloned"


class PresetVoice(Params):
    """A voice that comes with an engine."""

    kind: Literal["preset"]
    engine: Id
    voice_id: Id


class DesignedVoice(Params):
    """A voice made from a description."""

    kind: Literal["designed"]
    instruct: str = Field(min_length=1, max_length=2_000)


VoiceChoice = Annotated[ClonedVoice | PresetVoice | DesignedVoice, Field(discriminator="kind")]


Transcript = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]


class Metrics(Result):
    """What was measured on a sample. Levels in dBFS, loudness in LUFS, ratios from 0 to 1; None: not measurable."""

    rms_db: float | None
    peak_db: float | None
    clipping: float
    snr_db: float | None
    speech_ratio: float
    loudness_lufs: float | None


class Profile(Result):
    """A voice and what is known of it."""

    id: str
    name: str
    description: str | None
    language: str | None
    voice: dict[str, Any]
    sample_count: int
    default_engine: str | None
    default_effects: list[dict[str, Any]]
    avatar_path: str | None
    created_at: str
    updated_at: str


class Sample(Result):
    """One recording of a cloned voice, as it is used: repaired, trimmed, mono, 24 kHz."""

    id: str
    profile_id: str
    position: int
    text: str | None
    audio_path: str
    duration_s: float
    metrics: Metrics
    warnings: list[str]
    created_at: str


class SampleIn(AudioIn):
    """A recording to make a voice from; `start_s` and `end_s` choose a part of it."""

    text: Transcript | None = None
    start_s: float | None = Field(default=None, ge=0, le=LONGEST_S)
    end_s: float | None = Field(default=None, gt=0, le=LONGEST_S)

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.start_s is not None and self.end_s is not None and self.end_s <= self.start_s:
            raise ValueError("end_s must be greater than start_s")
        return self


class ProfilesCreateParams(Params):
    """A new profile; it and its samples are made together or not at all."""

    name: Name
    description: str | None = Field(default=None, max_length=2_000)
    language: Language | None = None
    voice: VoiceChoice = ClonedVoice()
    samples: list[SampleIn] = Field(default_factory=list, max_length=50)
    default_engine: Id | None = None
    default_effects: Effects = Field(default_factory=list)
    wait: bool = WAIT


class ProfileIdParams(Params):
    """Which profile: its id, or its name in any case."""

    profile_id: Id


class ProfilesListParams(Page):
    """Which profiles."""

    search: str | None = Field(default=None, max_length=200)
    sort: Literal["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"] = "name"


class ProfilesUpdateParams(ChangeParams, ProfileIdParams):
    """What changes; a field that is absent stays, null clears."""

    name: Name | None = None
    description: str | None = Field(default=None, max_length=2_000)
    language: Language | None = None
    default_engine: Id | None = None
    default_effects: Effects | None = None

    @model_validator(mode="after")
    def _name_stays(self) -> Self:
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("name cannot be cleared")
        return self


class ProfilesDeleteParams(ProfileIdParams):
    """Which profile, and whether what was spoken with it goes too, even if projects play it."""

    delete_generations: bool = False
    on_use: OnUse = "refuse"


class ProfilesDuplicateParams(ProfileIdParams):
    """Which profile, and what the copy is called; "(2)" is added to the name if none is given."""

    name: Name | None = None


class ProfilesAddSampleParams(SampleIn):
    """A recording for a profile."""

    profile_id: Id
    wait: bool = WAIT


class SampleIdParams(Params):
    """Which sample."""

    sample_id: Id


class ProfilesUpdateSampleParams(ChangeParams, SampleIdParams):
    """What changes; a field that is absent stays, a null text clears it."""

    text: Transcript | None = None
    position: int | None = Field(default=None, ge=0, le=1_000)


class ProfilesCloneDesignParams(ProfileIdParams):
    """Which designed voice to make a cloned profile of, and the sentence or two that become its sample."""

    text: str = Field(min_length=20, max_length=500)
    name: Name | None = None
    seed: int | None = Field(default=None, ge=0, le=2**53 - 1)
    wait: bool = WAIT


class ProfilesPrepareParams(ProfileIdParams):
    """Which profile's voice prompt, for which engine."""

    engine: Id | None = None
    wait: bool = WAIT


class ProfilesSetAvatarParams(ProfileIdParams):
    """A picture for a profile; null removes it."""

    path: AbsolutePath | None


class ProfileResult(Result):
    """One profile; `job_id` is the transcription of its samples, where one was started."""

    profile: Profile
    job_id: str | None = None


class ProfileList(Result):
    """One page of profiles."""

    items: list[Profile]
    total: int
    next_offset: int | None


class SampleResult(Result):
    """One sample; `job_id` is its transcription, where one was started."""

    sample: Sample
    job_id: str | None = None


class SampleList(Result):
    """A profile's samples in their order."""

    items: list[Sample]
    total: int
    next_offset: int | None = None


class PrepareResult(Result):
    """The job that builds the prompt, and, with `wait`, whether there was one already."""

    job_id: str
    prompt_cached: bool | None = None
