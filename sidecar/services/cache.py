"""What is kept on the disk only to save time: how much that is, and how it is kept within bounds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sidecar.services.settings import SettingsService
from sidecar.store.disk_cache import DiskCache
from sidecar.store.files import FileStore

log = logging.getLogger(__name__)

CacheKind = Literal["voice_prompts", "previews", "words", "waveforms", "prepared_clips"]
TRIM_EVERY_S = 10.0
FIXED_LIMITS: dict[CacheKind, int] = {"words": 64 << 20, "waveforms": 512 << 20, "prepared_clips": 8 << 30}
"""Bytes; some thousand hours of speech each, and 24 hours of clips with effects."""


@dataclass(frozen=True)
class CacheSize:
    """How full a cache is; a limit of None means that it is bounded by the number of its files."""

    kind: CacheKind
    files: int
    bytes: int
    limit_bytes: int | None


class CacheService:
    """The caches of the data folder. Whatever is removed is made again when it is needed; what is in use stays."""

    def __init__(self, files: FileStore, settings: SettingsService) -> None:
        self._settings = settings
        self._caches: dict[CacheKind, DiskCache] = {
            "voice_prompts": files.cached_prompts,
            "previews": DiskCache(files.previews),
            "words": DiskCache(files.words),
            "waveforms": DiskCache(files.waveforms, "*.peaks"),
            "prepared_clips": files.prepared_clips,
        }

    async def stats(self) -> dict[str, Any]:
        """Each cache with its size, and the bytes of all."""
        caches = await asyncio.to_thread(lambda: [self._size(kind) for kind in self._caches])
        return {"caches": [asdict(cache) for cache in caches], "bytes": sum(cache.bytes for cache in caches)}

    async def clear(self, kinds: Sequence[CacheKind] | None) -> tuple[int, int]:
        """Empty these caches, or all; gives how many files went, and their bytes."""
        wanted = list(self._caches) if kinds is None else dict.fromkeys(kinds)
        removed = [await asyncio.to_thread(self._caches[kind].clear) for kind in wanted]
        return sum(files for files, _ in removed), sum(freed for _, freed in removed)

    async def watch(self) -> None:
        """Hold the caches within their limits, for ever; engine processes add to them."""
        while True:
            for kind in self._caches:
                await self._trim(kind)
            await asyncio.sleep(TRIM_EVERY_S)

    async def _trim(self, kind: CacheKind) -> None:
        limit = self._limit(kind)
        if limit is None:
            return
        try:
            files, freed = await asyncio.to_thread(self._caches[kind].trim, limit)
        except OSError:
            log.exception("the cache of %s could not be held within its limit", kind)
        else:
            if files:
                log.info("removed the %d %s used longest ago, %d bytes", files, kind, freed)

    def _size(self, kind: CacheKind) -> CacheSize:
        return CacheSize(kind, *self._caches[kind].size(), self._limit(kind))

    def _limit(self, kind: CacheKind) -> int | None:
        """In bytes; None where a number of files bounds it."""
        return self._settings.values.prompt_cache_bytes if kind == "voice_prompts" else FIXED_LIMITS.get(kind)
