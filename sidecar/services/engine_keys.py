"""The keys that servers elsewhere ask for: kept by an engine process, since the keyring is no affair of this one."""

from __future__ import annotations

from typing import Any, Literal

from sidecar.engines.pool import EnginePool
from sidecar.errors import Unsupported
from sidecar.services.models.catalogue import Catalogue

Source = Literal["keyring", "environment"]


class EngineKeyService:
    """Hands a key on and keeps none: it is in no row, job, log or answer."""

    def __init__(self, catalogue: Catalogue, remote: EnginePool) -> None:
        self._catalogue = catalogue
        self._remote = remote

    async def source(self, engine: str) -> Source | None:
        """Where the engine's key is kept; None if it has none.

        Raises:
            NotFound: no such engine.
            Unsupported: it speaks on this machine.
            Conflict: the keyring is locked.

        """
        return await self._call("keys.ask", engine)

    async def keep(self, engine: str, key: str | None) -> Source | None:
        """Keep a key, or forget it with None; gives what `source` gives then.

        Raises what `source` raises; `Conflict` also if there is no keyring, or the environment fixes the key.
        """
        return await self._call("keys.keep", engine, key=key)

    async def _call(self, operation: str, engine: str, **more: Any) -> Source | None:
        spec = self._catalogue.engine(engine)
        if not spec.remote:
            raise Unsupported(f"{spec.name} speaks on this machine and needs no key.", engine=engine)
        source: Source | None = (await self._remote.call(operation, {"engine": engine} | more))["source"]
        return source
