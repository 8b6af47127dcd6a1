"""`engines.set_key` and `engines.key`."""

from __future__ import annotations

from sidecar.schema.engine_keys import EngineKey, EngineParams, EngineSetKeyParams
from sidecar.services.engine_keys import EngineKeyService, Source


class EngineKeyHandlers:
    """Keys of engines that speak on servers elsewhere."""

    def __init__(self, keys: EngineKeyService) -> None:
        self._keys = keys

    async def set_key(self, params: EngineSetKeyParams) -> EngineKey:
        """Keep the key of an engine's servers in the system's keyring, or forget it."""
        key = params.key.get_secret_value() if params.key else None
        return _told(params.engine, await self._keys.keep(params.engine, key))

    async def key(self, params: EngineParams) -> EngineKey:
        """Tell whether an engine has a key for its servers."""
        return _told(params.engine, await self._keys.source(params.engine))


def _told(engine: str, source: Source | None) -> EngineKey:
    return EngineKey(engine=engine, has_key=source is not None, source=source)
