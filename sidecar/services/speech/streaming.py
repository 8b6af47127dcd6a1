"""`generation.audio`: a take told piece by piece as it is made, for whoever wants to hear it before it is whole."""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import Any

from sidecar.engines.pool import EnginePool
from sidecar.services.listener import Listener
from sidecar.store.files import FileStore
from sidecar.store.values import Row

log = logging.getLogger(__name__)

PIECE_S = 0.5
BYTES_A_SAMPLE = 2
# A client that has not read for so long is not listening; the take is finished without it.
PATIENCE_S = 30.0
# Shorter chunks than usual: the first one is heard the sooner.
STREAMED_CHARS = 120


class Pieces:
    """The pieces of one take on their way to the client: 16-bit mono in base64, numbered and timed.

    Work is held back while a slow client has enough to read, rather than filling memory; a deaf one is given up.
    """

    def __init__(self, listener: Listener, generation_id: str) -> None:
        self._listener = listener
        self._generation_id = generation_id
        self._sent = 0
        self._samples_sent = 0
        self.deaf = False

    async def send(self, data: bytes, sample_rate: int, last: bool) -> None:
        """Send so much of the take, in one piece or several; `last` if nothing comes after it."""
        size = round(PIECE_S * sample_rate) * BYTES_A_SAMPLE
        for start in range(0, max(1, len(data)), size):
            if self.deaf or not await self._listener.has_room(PATIENCE_S):
                self._give_up()
                return
            piece = data[start : start + size]
            told = {
                "generation_id": self._generation_id,
                "sequence": self._sent,
                "start_s": self._samples_sent / sample_rate,
                "sample_rate": sample_rate,
                "data": base64.b64encode(piece).decode(),
                "last": last and start + size >= len(data),
            }
            self._listener.send("generation.audio", told)
            self._sent += 1
            self._samples_sent += len(piece) // BYTES_A_SAMPLE

    def _give_up(self) -> None:
        if not self.deaf:
            log.warning("nobody listens to generation %s any more; it is finished unheard", self._generation_id)
        self.deaf = True


class TakeStream:
    """One take, sent a chunk at a time when that is spoken and found good.

    Put together, the pieces are the unprocessed take, sample for sample. They are read from the disk.
    """

    def __init__(self, pieces: Pieces, files: FileStore, audio: EnginePool, crossfade_s: float) -> None:
        self._pieces = pieces
        self._files = files
        self._audio = audio
        self._crossfade_s = crossfade_s
        self._previous: dict[str, Any] | None = None
        self._chunks_sent = 0

    async def catch_up(self, chunks: list[Row]) -> None:
        """Send what is spoken by now and has not been sent; `chunks` are those of the whole take, in order."""
        while self._chunks_sent < len(chunks) and not self._pieces.deaf:
            chunk = chunks[self._chunks_sent]
            if chunk["text"] and chunk["audio_path"] is None:
                return
            self._chunks_sent += 1
            last = self._chunks_sent == len(chunks)
            path = chunk["audio_path"] and str(self._files.absolute(chunk["audio_path"]))
            part = {"path": path, "pause_s": chunk["pause_after_s"]}
            joint = {"previous": self._previous, "crossfade_s": self._crossfade_s, "last": last}
            made = await self._audio.call("audio.piece", part | joint)
            self._previous = part
            await self._pieces.send(await asyncio.to_thread(base64.b64decode, made["data"]), made["sample_rate"], last)
