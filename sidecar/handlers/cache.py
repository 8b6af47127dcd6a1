"""`cache.*`."""

from __future__ import annotations

from sidecar.schema.cache import CacheCleared, CacheClearParams, CacheStats
from sidecar.schema.common import Empty
from sidecar.services.cache import CacheService


class CacheHandlers:
    """What is kept on the disk only to save time."""

    def __init__(self, cache: CacheService) -> None:
        self._cache = cache

    async def stats(self, params: Empty) -> CacheStats:
        """Tell how large each cache is, and how large it may become."""
        return CacheStats.model_validate(await self._cache.stats())

    async def clear(self, params: CacheClearParams) -> CacheCleared:
        """Empty caches, but for what a render is using; what was in them is made again when it is needed."""
        files, freed = await self._cache.clear(params.kinds)
        return CacheCleared.model_validate(await self._cache.stats() | {"freed_files": files, "freed_bytes": freed})
