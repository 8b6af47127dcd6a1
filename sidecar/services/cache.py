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

CacheKind = Literal["voice_prompts", "previews"]
TRIM_EVERY_S = 10.0


@dataclass(frozen=True)
class CacheSize:
    """How full a cache is; a limit of None means that it is bounded by the number of its files."""

    kind: CacheKind
    files: int
    bytes: int
    limit_bytes: int | None


class CacheService:
    """The caches of the data folder. Whatever is removed is made again when it is needed."""

    def __init__(self, files: FileStore, settings: SettingsService) -> None:
        self._settings = settings
        # What an engine process is writing just now has another suffix.
        self._prompts = DiskCache(files.prompts, "*.safetensors")
        self._caches: dict[CacheKind, DiskCache] = {
            "voice_prompts": self._prompts,
            "previews": DiskCache(files.previews),
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
        """Hold the voice prompts within their limit, for ever; engine processes add to them."""
        while True:
            try:
                files, freed = await asyncio.to_thread(self._prompts.trim, self._settings.values.prompt_cache_bytes)
            except OSError:
                log.exception("the voice prompts could not be held within their limit")
            else:
                if files:
                    log.info("removed the %d voice prompts used longest ago, %d bytes", files, freed)
            await asyncio.sleep(TRIM_EVERY_S)

    def _size(self, kind: CacheKind) -> CacheSize:
        limit = self._settings.values.prompt_cache_bytes if kind == "voice_prompts" else None
        return CacheSize(kind, *self._caches[kind].size(), limit)
