"""`cache.*`: what is kept on the disk only to save time."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sidecar.schema.common import Params, Result

CacheKind = Literal["voice_prompts", "previews", "words", "waveforms", "prepared_clips"]


class CacheSize(Result):
    """One cache. A null limit means that a number of files bounds it, not their bytes."""

    kind: CacheKind
    files: int
    bytes: int
    limit_bytes: int | None


class CacheStats(Result):
    """Every cache, and the bytes of all."""

    caches: list[CacheSize]
    bytes: int


class CacheClearParams(Params):
    """Which caches to empty; all of them, if null."""

    kinds: list[CacheKind] | None = Field(default=None, min_length=1)


class CacheCleared(CacheStats):
    """What went, and what is left."""

    freed_files: int
    freed_bytes: int
