"""`effects.*`, and the chains of effects that other namespaces take."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, WithJsonSchema, model_validator

from sidecar.schema.common import AbsolutePath, ChangeParams, Id, Name, Params, Result

LONGEST_CHAIN = 20
Number = Annotated[Any, WithJsonSchema({"type": "number"})]
"""Looked at by the service, whose refusal says what is allowed."""


class Effect(Params):
    """One link of a chain. `effects.list` tells the types and their parameters; what is absent has its default."""

    type: str
    params: dict[str, Number] = Field(default_factory=dict)


Effects = Annotated[
    list[Effect],
    Field(
        max_length=LONGEST_CHAIN,
        description="A chain, applied in order. A preset is given as its effects, which effects.presets_list tells.",
    ),
]
SomeEffects = Annotated[Effects, Field(min_length=1)]


class EffectParameter(Result):
    """A number that an effect takes; any from `minimum` to `maximum`, `step` is meant for a slider."""

    name: str
    description: str
    default: float
    minimum: float
    maximum: float
    step: float
    unit: str


class EffectType(Result):
    """What can stand in a chain."""

    type: str
    name: str
    description: str
    parameters: list[EffectParameter]


class EffectList(Result):
    """Every type of effect."""

    items: list[EffectType]
    total: int
    next_offset: int | None = None


class EffectPreset(Result):
    """A chain with a name. Those that are built in can neither be changed nor deleted."""

    id: str
    name: str
    builtin: bool
    effects: list[dict[str, Any]]


class PresetList(Result):
    """The presets that come with the product, then one's own by name."""

    items: list[EffectPreset]
    total: int
    next_offset: int | None = None


class PresetResult(Result):
    """One preset."""

    preset: EffectPreset


class PresetsCreateParams(Params):
    """A new preset."""

    name: Name
    effects: SomeEffects


class PresetIdParams(Params):
    """Which preset."""

    preset_id: Id


class PresetsUpdateParams(ChangeParams, PresetIdParams):
    """What changes; a field that is absent stays."""

    name: Name | None = None
    effects: SomeEffects | None = None

    @model_validator(mode="after")
    def _nothing_cleared(self) -> Self:
        if any(getattr(self, field) is None for field in self.model_fields_set):
            raise ValueError("name and effects cannot be cleared")
        return self


class EffectsPreviewParams(Params):
    """What to hear the first ten seconds of: a generation (its default version, if none is named) or a file."""

    generation_id: Id | None = None
    version_id: Id | None = None
    path: AbsolutePath | None = None
    effects: Effects

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.path is None) == (self.generation_id is None):
            raise ValueError("give exactly one of generation_id and path")
        if self.version_id is not None and self.generation_id is None:
            raise ValueError("a version_id goes with its generation_id")
        return self


class Preview(Result):
    """A file to listen to: it goes when newer previews need its place, and at the next start."""

    path: str
    duration_s: float
    sample_rate: int
