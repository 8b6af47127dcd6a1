"""A take that is heard as the engine makes it, frame by frame."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sidecar.services.equipment import Equipment
from sidecar.services.speech.speaking import speak, unspoken
from sidecar.services.speech.streaming import BYTES_A_SAMPLE, Pieces
from sidecar.services.speech.take import Take

SAMPLE_RATE = 24_000
"""The rate of every take, in Hz."""


def can_be_live(take: Take) -> bool:
    """Whether nothing is to be done to a chunk that needs the whole of it: checking, crossfading, another pace."""
    engine = take.choice.engine
    as_made = take.verify == "off" and not take.settings["chunking"]["crossfade_s"] and take.settings["speed"] == 1.0
    return take.stream and as_made and engine.streaming and engine.sample_rate == SAMPLE_RATE


async def speak_live(on: Equipment, take: Take, pieces: Pieces) -> None:
    """Speak what is not spoken yet and send all of the take, each piece the moment it is made."""
    lines = {line.chunk["position"]: line for line in unspoken(take)}
    for chunk in take.chunks:
        if line := lines.get(chunk["position"]):
            async with _sending(pieces) as waiting:
                await speak(on, [line], waiting.put_nowait)
        elif chunk["audio_path"]:
            await _send_file(on, pieces, chunk["audio_path"])
        await pieces.send(bytes(round(chunk["pause_after_s"] * SAMPLE_RATE) * BYTES_A_SAMPLE), SAMPLE_RATE, last=False)
    await pieces.send(b"", SAMPLE_RATE, last=True)


@asynccontextmanager
async def _sending(pieces: Pieces) -> AsyncIterator[asyncio.Queue[str | None]]:
    """A queue whose pieces are sent on; it holds no more than a chunk."""
    waiting: asyncio.Queue[str | None] = asyncio.Queue()

    async def send() -> None:
        while (data := await waiting.get()) is not None:
            await pieces.send(base64.b64decode(data), SAMPLE_RATE, last=False)

    sender = asyncio.create_task(send())
    try:
        yield waiting
        waiting.put_nowait(None)
        await sender
    finally:
        sender.cancel()


async def _send_file(on: Equipment, pieces: Pieces, audio_path: str) -> None:
    params = {"path": str(on.files.absolute(audio_path)), "pause_s": 0.0, "last": True, "as_made": True}
    made = await on.audio.call("audio.piece", params)
    await pieces.send(base64.b64decode(made["data"]), SAMPLE_RATE, last=False)
