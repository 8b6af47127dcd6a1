"""Recordings that are copied into a project: decoded once, into a file that can be read from any sample on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sidecar.engines.pool import EnginePool
from sidecar.services.new_files import NewFiles
from sidecar.store.files import FileStore
from sidecar.store.values import new_id

EXTENSION = ".flac"
MEASURED = ("frames", "sample_rate", "channels")


class Arrivals:
    """Takes files in."""

    def __init__(self, files: FileStore, audio: EnginePool) -> None:
        self._files = files
        self._audio = audio

    @asynccontextmanager
    async def taken_in(self, path: str) -> AsyncIterator[dict[str, Any]]:
        """The values of a source for somebody's recording, whose copy lies in its place; gone again if the block fails.

        Raises what `take_in` raises.
        """
        with NewFiles(self._files) as new:
            yield {"name": path.replace("\\", "/").rpartition("/")[2]} | await self.take_in(path, new)

    async def take_in(self, path: str, new: NewFiles) -> dict[str, Any]:
        """Copy a recording into its place; gives its `audio_path`, `frames`, `sample_rate` (Hz) and `channels`.

        Raises:
            InvalidAudio: the file is no audio.
            NotFound, StorageError: there is no such file, or it may not be read.

        """
        temporary = self._files.temporary(EXTENSION)
        try:
            taken = await self._audio.call("timeline.take_in", {"path": path, "out_path": str(temporary)})
            audio_path = await new.adopt(temporary, "projects", f"{new_id()}{EXTENSION}")
        finally:
            temporary.unlink(missing_ok=True)
        return {"audio_path": audio_path} | {field: taken[field] for field in MEASURED}
