"""A source as a clip with effects or another speed plays it, made once: only so can it be read from anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile

from sidecar.audio.effects import Effect, process, tail_s
from sidecar.audio.encode import at_rate
from sidecar.audio.float_file import FloatFile
from sidecar.audio.samples import Samples, regroup
from sidecar.audio.stretch import stretched
from sidecar.audio.timeline.take_in import Taken, taken
from sidecar.timeline import stretched_frames

RATES = (8_000, 48_000)
"""Sample rates (Hz) at which every effect works; a source with another is brought to the nearest."""
BLOCK_S = 1.0

Told = Callable[[str, float, float], None]


def prepare(path: Path, out_path: Path, effects: Sequence[Effect], speed: float, told: Told) -> Taken:
    """Write a file of our own through a chain of effects and then at a speed, with its tail, as 32-bit floats.

    Each channel goes through the chain by itself, and levels are as the effects leave them. `told` is called with
    "preparing" and how many seconds of how many are done. Memory is that of some seconds.

    Raises:
        StorageError: the file cannot be written.

    """
    source = taken(path)
    rate = min(max(source.sample_rate, RATES[0]), RATES[1])
    sounding = -(-source.frames * rate // source.sample_rate) + round(tail_s(effects) * rate)
    frames = stretched_frames(sounding, speed)

    def changed(channel: int) -> Iterator[Samples]:
        heard = at_rate(_channel(path, source, channel, told), source.sample_rate, rate)
        return regroup(_exactly(stretched(process(heard, rate, effects), rate, speed), frames), rate)

    with FloatFile(out_path, rate, source.channels, "RF64") as file:
        for second in zip(*map(changed, range(source.channels)), strict=True):
            file.write(np.stack(second, axis=1))
    return Taken(frames, rate, source.channels)


def _channel(path: Path, source: Taken, channel: int, told: Told) -> Iterator[Samples]:
    """One channel of a file, a second at a time; only of the first is told how far it is, as all go hand in hand."""
    done = 0
    with soundfile.SoundFile(path) as file:
        for second in file.blocks(round(BLOCK_S * source.sample_rate), dtype="float32", always_2d=True):
            if channel == 0:
                told("preparing", done / source.sample_rate, source.frames / source.sample_rate)
            done += len(second)
            yield np.ascontiguousarray(second[:, channel])


def _exactly(pieces: Iterable[Samples], frames: int) -> Iterator[Samples]:
    """So many frames: the rest of what comes is left out, or silence follows it."""
    left = frames
    for piece in pieces:
        yield piece[:left]
        left -= min(left, len(piece))
    if left:
        yield np.zeros(left, np.float32)
