"""Effects before they are applied: their presets, and how they would sound."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sidecar.engines.pool import EnginePool
from sidecar.errors import Conflict
from sidecar.services.effects.chains import require_packages, whole
from sidecar.services.effects.table import PRESETS, EffectValue
from sidecar.services.history.service import audio_or_refuse
from sidecar.services.views import View, preset_view
from sidecar.store import effect_presets as store
from sidecar.store import rows
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.profiles import name_key
from sidecar.store.tables import generations

PREVIEW_S = 10.0


class EffectService:
    """What can be done with chains of effects."""

    def __init__(self, database: Database, files: FileStore, audio: EnginePool) -> None:
        self._database = database
        self._files = files
        self._audio = audio

    async def presets(self) -> list[View]:
        """The presets that come with the product, then the user's own by name."""
        builtin = [
            {"id": preset.id, "name": preset.name, "builtin": True, "effects": whole(preset.effects)}
            for preset in PRESETS
        ]
        return builtin + [preset_view(row) for row in await self._database.read(store.list_presets)]

    async def create_preset(self, name: str, effects: list[EffectValue]) -> View:
        """Keep a chain under a name. Raises `InvalidParams`, and `Conflict` if the name is taken."""
        chain = whole(effects)
        _refuse_builtin_name(name)

        def change(connection: Connection) -> View:
            return preset_view(store.get_preset(connection, store.insert_preset(connection, name, chain)))

        return await self._database.write(change)

    async def update_preset(self, preset_id: str, changes: dict[str, Any]) -> View:
        """Change a preset's name or chain. Raises `NotFound`, `InvalidParams`, `Conflict`."""
        _refuse_builtin(preset_id)
        if "name" in changes:
            _refuse_builtin_name(changes["name"])
        if "effects" in changes:
            changes = changes | {"effects": whole(changes["effects"])}

        def change(connection: Connection) -> View:
            store.update_preset(connection, preset_id, **changes)
            return preset_view(store.get_preset(connection, preset_id))

        return await self._database.write(change)

    async def delete_preset(self, preset_id: str) -> None:
        """Delete a preset; what was made with it stays. Raises `NotFound`, and `Conflict` if it is built in."""
        _refuse_builtin(preset_id)
        await self._database.write(lambda connection: store.delete_preset(connection, preset_id))

    async def preview(
        self, path: str | None, generation_id: str | None, version_id: str | None, effects: list[EffectValue]
    ) -> dict[str, Any]:
        """How the first ten seconds of a file or a version would sound, as a file that is gone after a while.

        Raises:
            InvalidParams, Unsupported: as `whole` and `require_packages`.
            NotFound, Conflict: there is no such generation or version, or it has no audio yet.
            InvalidAudio: the file is no audio.

        """
        chain = whole(effects)
        require_packages(chain)
        source = path or await self._version_path(generation_id or "", version_id)
        temporary = self._files.temporary(".wav")
        try:
            params = {"path": source, "out_path": str(temporary), "effects": chain, "max_s": PREVIEW_S}
            made = await self._audio.call("effects.apply", params)
            kept: Path = await asyncio.to_thread(self._files.keep_preview, temporary)
        finally:
            temporary.unlink(missing_ok=True)
        return {"path": str(kept), "duration_s": made["duration_s"], "sample_rate": made["sample_rate"]}

    async def _version_path(self, generation_id: str, version_id: str | None) -> str:
        def query(connection: Connection) -> str:
            generation = rows.get(connection, generations, generation_id, "generation")
            return str(self._files.absolute(audio_or_refuse(connection, generation, version_id)["audio_path"]))

        return await self._database.read(query)


def _refuse_builtin(preset_id: str) -> None:
    if preset_id in {preset.id for preset in PRESETS}:
        raise Conflict(
            f"The preset {preset_id!r} comes with the product and stays as it is; create one of your own instead.",
            resource="preset",
            id=preset_id,
        )


def _refuse_builtin_name(name: str) -> None:
    for preset in PRESETS:
        if name_key(preset.name) == name_key(name):
            raise Conflict(
                f"A preset called {preset.name!r} comes with the product; choose another name.",
                resource="preset",
                id=preset.id,
            )
