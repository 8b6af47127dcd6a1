"""`generation.audio`: a take told piece by piece as it is made, for whoever wants to hear it before it is whole."""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import Any, Protocol

from sidecar.engines.pool import EnginePool
from sidecar.store.files import FileStore
from sidecar.store.values import Row

log = logging.getLogger(__name__)

PIECE_S = 0.5
BYTES_A_SAMPLE = 2
# A client that has not read for so long is not listening; the take is finished without it.
PATIENCE_S = 30.0
# Shorter chunks than usual: the first one is heard the sooner.
STREAMED_CHARS = 120


class Listener(Protocol):
    """The client as a stream sees it."""

    def send(self, method: str, params: dict[str, Any]) -> None:
        """Queue a notification."""

    async def has_room(self, patience_s: float) -> bool:
        """Wait until little is queued; whether that came about in time."""


class TakeStream:
    """One take on its way to the client: 16-bit mono in base64, in order, `last` on the final piece.

    Put together, the pieces are the unprocessed take, sample for sample. What is sent is read from the disk when the
    client has room for it, so a slow one holds the work back rather than filling memory, and a deaf one is given up.
    """

    def __init__(self, listener: Listener, files: FileStore, audio: EnginePool, generation_id: str) -> None:
        self._listener = listener
        self._files = files
        self._audio = audio
        self._generation_id = generation_id
        self._chunks_sent = 0
        self._pieces_sent = 0
        self._samples_sent = 0
        self._deaf = False

    async def catch_up(self, chunks: list[Row]) -> None:
        """Send what is spoken by now and has not been sent; `chunks` are those of the whole take, in order."""
        while self._chunks_sent < len(chunks) and not self._deaf:
            chunk = chunks[self._chunks_sent]
            if chunk["text"] and chunk["audio_path"] is None:
                return
            path = chunk["audio_path"] and str(self._files.absolute(chunk["audio_path"]))
            made = await self._audio.call("audio.piece", {"path": path, "pause_s": chunk["pause_after_s"]})
            self._chunks_sent += 1
            await self._send(await asyncio.to_thread(base64.b64decode, made["data"]), made["sample_rate"], len(chunks))

    async def _send(self, data: bytes, sample_rate: int, chunks: int) -> None:
        size = round(PIECE_S * sample_rate) * BYTES_A_SAMPLE
        for start in range(0, len(data), size):
            if not await self._listener.has_room(PATIENCE_S):
                log.warning("nobody listens to generation %s any more; it is finished unheard", self._generation_id)
                self._deaf = True
                return
            piece = data[start : start + size]
            told = {
                "generation_id": self._generation_id,
                "sequence": self._pieces_sent,
                "start_s": self._samples_sent / sample_rate,
                "sample_rate": sample_rate,
                "data": base64.b64encode(piece).decode(),
                "last": self._chunks_sent == chunks and start + size >= len(data),
            }
            self._listener.send("generation.audio", told)
            self._pieces_sent += 1
            self._samples_sent += len(piece) // BYTES_A_SAMPLE
