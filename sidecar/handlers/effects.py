"""`effects.*`."""

from __future__ import annotations

from dataclasses import asdict

from sidecar.schema.common import Done, Empty
from sidecar.schema.effects import (
    EffectList,
    EffectPreset,
    EffectsPreviewParams,
    EffectType,
    PresetIdParams,
    PresetList,
    PresetResult,
    PresetsCreateParams,
    PresetsUpdateParams,
    Preview,
)
from sidecar.services.effects.service import EffectService
from sidecar.services.effects.table import EFFECTS


class EffectHandlers:
    """Chains of effects before they are applied."""

    def __init__(self, effects: EffectService) -> None:
        self._effects = effects

    async def list(self, params: Empty) -> EffectList:
        """Tell every type of effect with its parameters."""
        items = [EffectType(**asdict(effect)) for effect in EFFECTS]
        return EffectList(items=items, total=len(items))

    async def presets_list(self, params: Empty) -> PresetList:
        """List the presets: those that come with the product, then one's own."""
        items = [EffectPreset(**view) for view in await self._effects.presets()]
        return PresetList(items=items, total=len(items))

    async def presets_create(self, params: PresetsCreateParams) -> PresetResult:
        """Keep a chain under a name."""
        view = await self._effects.create_preset(params.name, params.model_dump()["effects"])
        return PresetResult(preset=EffectPreset(**view))

    async def presets_update(self, params: PresetsUpdateParams) -> PresetResult:
        """Change the name or the chain of a preset of one's own."""
        changes = params.model_dump(exclude={"preset_id"}, exclude_unset=True)
        return PresetResult(preset=EffectPreset(**await self._effects.update_preset(params.preset_id, changes)))

    async def presets_delete(self, params: PresetIdParams) -> Done:
        """Delete a preset of one's own; what was made with it stays."""
        await self._effects.delete_preset(params.preset_id)
        return Done()

    async def preview(self, params: EffectsPreviewParams) -> Preview:
        """Apply a chain to the first ten seconds of a generation or a file, to listen to."""
        return Preview(**await self._effects.preview(**params.model_dump()))
