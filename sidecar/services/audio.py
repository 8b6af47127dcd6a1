"""Looking at audio: files of the user's and what lies in the data folder alike. The work is an engine process's."""

from __future__ import annotations

import asyncio
import base64
import stat
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sidecar.engines.pool import EnginePool
from sidecar.errors import InvalidAudio, InvalidParams, NotFound, from_os_error
from sidecar.services.history.service import audio_or_refuse
from sidecar.services.history.transfers import write_beside
from sidecar.services.incoming import GivenAudio, as_file
from sidecar.services.targets import part_beside, require_target
from sidecar.store import rows
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.tables import generations, samples, transcriptions, versions
from sidecar.store.values import Row


@dataclass(frozen=True)
class AudioSource:
    """Exactly one of a file, bytes, and something stored."""

    path: str | None = None
    data: str | None = None
    generation_id: str | None = None
    sample_id: str | None = None
    transcription_id: str | None = None
    version_id: str | None = None


class AudioService:
    """What can be asked of audio."""

    def __init__(self, database: Database, files: FileStore, audio: EnginePool) -> None:
        self._database = database
        self._files = files
        self._audio = audio

    async def probe(self, given: GivenAudio) -> dict[str, Any]:
        """What a file says of itself."""
        return await self._examine("audio.probe", given)

    async def validate(self, given: GivenAudio) -> dict[str, Any]:
        """A file judged as a reference sample."""
        return await self._examine("audio.validate", given)

    async def waveform(self, source: AudioSource, buckets: int) -> dict[str, Any]:
        """The lowest and highest sample of each of so many columns."""
        async with await self._as_file(source) as path:
            return await self._audio.call("audio.waveform", {"path": str(path), "buckets": buckets})

    async def convert(self, path: str, path_out: str, format: str, sample_rate: int | None) -> dict[str, Any]:
        """Write a file again in another format."""
        require_target(path_out, self._files.root, "path_out")
        target = Path(path_out)
        async with part_beside(self._files, target) as part:
            written = await write_beside(self._audio, Path(path), part, target, format, sample_rate)
        return {"path": path_out} | written

    async def read(self, source: AudioSource, offset: int, length: int) -> dict[str, Any]:
        """A part of a file as base64, with where the next one begins."""
        async with await self._as_file(source) as path:
            return await asyncio.to_thread(_read, path, offset, length)

    async def _examine(self, operation: str, given: GivenAudio) -> dict[str, Any]:
        async with as_file(self._files, given) as path:
            return await self._audio.call(operation, {"path": str(path)})

    async def _as_file(self, source: AudioSource) -> AbstractAsyncContextManager[Path]:
        stored = await self._database.read(lambda connection: _stored(connection, source))
        path = str(self._files.absolute(stored["audio_path"])) if stored else source.path
        return as_file(self._files, GivenAudio(path, source.data))


def _stored(connection: Connection, source: AudioSource) -> Row | None:
    if source.generation_id is not None:
        return audio_or_refuse(connection, rows.get(connection, generations, source.generation_id, "generation"), None)
    if source.sample_id is not None:
        return rows.get(connection, samples, source.sample_id, "sample")
    if source.transcription_id is not None:
        return rows.get(connection, transcriptions, source.transcription_id, "transcription")
    if source.version_id is not None:
        return rows.get(connection, versions, source.version_id, "version")
    return None


def _read(path: Path, offset: int, length: int) -> dict[str, Any]:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InvalidAudio(f"{path} is no ordinary file.", reason="not_a_file")
        if offset > status.st_size:
            raise InvalidParams.about(
                "offset", f"The file has {status.st_size} bytes; offset {offset} is behind its end."
            )
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(length)
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.", resource="file", id=str(path)) from None
    except OSError as fault:
        raise from_os_error(fault, f"Reading {path}") from fault
    end = offset + len(data)
    return {
        "data": base64.b64encode(data).decode(),
        "offset": offset,
        "length": len(data),
        "size_bytes": status.st_size,
        "next_offset": end if end < status.st_size else None,
    }
