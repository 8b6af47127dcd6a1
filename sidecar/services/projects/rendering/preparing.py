"""The sources of clips that play through effects or at another speed: each is made once, into a cache."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sidecar.engines.pool import EnginePool
from sidecar.services.projects.rendering.plan import Arrangement, Prepared, preparation_key
from sidecar.store.files import FileStore
from sidecar.store.values import Row

EXTENSION = ".wav"


@contextmanager
def keeping_prepared(files: FileStore, clips: Iterable[Row]) -> Iterator[None]:
    """While this lasts, what is made for these clips stays, whoever empties the cache or holds it within its limit."""
    names = {f"{key}{EXTENSION}" for clip in clips if (key := preparation_key(clip))}
    with files.prepared_clips.using(names):
        yield


async def prepare_clips(
    files: FileStore, audio: EnginePool, arrangement: Arrangement, report: Callable[[int, int], None]
) -> dict[str, Prepared]:
    """What each of the arrangement's clips plays in place of its source, by `preparation_key`, where it plays another.

    `report` hears of how many, of how many, are there. Raises what `timeline.prepare` raises, and `Unsupported` if
    a package that it needs is not installed.
    """
    wanted = {key: clip for clip in arrangement.clips if (key := preparation_key(clip))}
    made: dict[str, Prepared] = {}
    for key, clip in wanted.items():
        report(len(made), len(wanted))
        made[key] = await prepare_clip(files, audio, key, clip)
    return made


async def prepare_clip(files: FileStore, audio: EnginePool, key: str, clip: Row) -> Prepared:
    """What one clip plays in place of its source; `key` is its `preparation_key`. Raises as `prepare_clips`."""
    path, temporary = files.prepared / f"{key}{EXTENSION}", files.temporary(EXTENSION)
    params: dict[str, Any] = {
        "path": str(files.absolute(clip["audio_path"])),
        "out_path": str(path),
        "temporary": str(temporary),
        "effects": clip["effects"],
        "speed": clip["speed"],
    }
    try:
        told = await audio.call("timeline.prepare", params)
    finally:
        await asyncio.to_thread(temporary.unlink, missing_ok=True)
    return Prepared(path, told["frames"], told["sample_rate"])
