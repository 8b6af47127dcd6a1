"""The versions of a generation."""

from __future__ import annotations

from typing import Any, Literal

from sidecar.schema.common import WAIT, Id, Name, OnUse, Result
from sidecar.schema.effects import SomeEffects
from sidecar.schema.generation import Generation, GenerationIdParams


class Version(Result):
    """One way in which a generation can be heard. `source_version_id` is the one that effects were applied to; null
    for what is no effect's work, and once the source is deleted.
    """

    id: str
    generation_id: str
    label: str
    kind: Literal["take", "effects", "import"]
    source_version_id: str | None
    seed: int | None
    settings: dict[str, Any] | None
    effects: list[dict[str, Any]]
    audio_path: str
    duration_s: float
    sample_rate: int
    is_default: bool
    created_at: str


class VersionList(Result):
    """A generation's versions, oldest first."""

    items: list[Version]
    total: int
    next_offset: int | None = None


class VersionIdParams(GenerationIdParams):
    """Which version of which generation."""

    version_id: Id


class VersionResult(Result):
    """A version, and its generation as it is now."""

    version: Version
    generation: Generation


class DeleteVersionParams(VersionIdParams):
    """Which version goes."""

    on_use: OnUse = "refuse"


class VersionDeleted(Result):
    """The generation as it is without the version."""

    generation: Generation


class ApplyEffectsParams(GenerationIdParams):
    """What to do to which version (the default one, if none is named), and what to call the result."""

    version_id: Id | None = None
    effects: SomeEffects
    label: Name | None = None
    wait: bool = WAIT


class EffectsStarted(Result):
    """The job that makes the new version, and, with `wait`, the version; it is the default one then."""

    version: Version | None
    generation: Generation
    job_id: str
