"""Somebody's recording as a source of a timeline: in a form in which every frame can be found at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import soundfile

from sidecar.audio.decode import blocks, probe
from sidecar.audio.encode import Layout, encode
from sidecar.audio.samples import Samples

HIGHEST_RATE = 192_000
"""Of what is kept (Hz): more than this carries no sound, and few programs read it."""
SIXTEEN_BIT_CODECS = ("pcm_s16le", "pcm_s16be", "pcm_u8", "pcm_alaw", "pcm_mulaw")
BLOCK_S = 5.0


@dataclass(frozen=True)
class Taken:
    """A file as it lies there now."""

    frames: int
    sample_rate: int
    channels: int


def take_in(path: Path, out_path: Path, told: Callable[[str, float, float], None]) -> Taken:
    """Write the whole recording as FLAC of its own rate, mono or stereo, of 24 bits unless it has no more than 16.

    More than two channels become stereo. `told` is called with "decoding" and how many seconds of how many are done.

    Raises:
        InvalidAudio, InvalidParams, NotFound, StorageError: as `decode.probe`.

    """
    info = probe(path)
    rate, channels = min(info.sample_rate, HIGHEST_RATE), min(2, info.channels)

    def heard() -> Iterator[Samples]:
        done = 0
        for block in blocks(path, rate, BLOCK_S, channels):
            told("decoding", done / rate, max(info.duration_s, done / rate))
            done += len(block)
            yield block

    layout = Layout(channels, 16 if info.codec in SIXTEEN_BIT_CODECS else 24)
    encode(out_path, heard(), rate, "flac", layout=layout)
    return taken(out_path)


def taken(path: Path) -> Taken:
    """What a file of our own holds."""
    info = soundfile.info(path)
    return Taken(int(info.frames), int(info.samplerate), int(info.channels))
