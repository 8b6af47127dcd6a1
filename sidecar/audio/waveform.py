"""The outline of a recording, for drawing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sidecar.audio.decode import blocks, probe
from sidecar.audio.samples import checked


@dataclass(frozen=True)
class Waveform:
    """The smallest and the largest sample of every bucket, at the recording's own sample rate (Hz)."""

    minimum: list[float]
    maximum: list[float]
    sample_rate: int
    duration_s: float


def waveform(path: Path, buckets: int, check: Callable[[], None]) -> Waveform:
    """Bucket i of n holds the samples from i·N/n to (i+1)·N/n of the N there are; never more buckets than samples.

    The file is read twice, because only decoding tells how long it is, and never held as a whole.
    Raises what `decode.probe` raises, and what `check` does, which is called again and again.
    """
    sample_rate = probe(path).sample_rate
    total = sum(block.size for block in checked(blocks(path, sample_rate), check))
    edges = np.arange(min(buckets, total) + 1) * total // min(buckets, total)
    minimum = np.full(edges.size - 1, np.inf, np.float32)
    maximum = -minimum
    position = 0
    for block in checked(blocks(path, sample_rate), check):
        first = int(np.searchsorted(edges, position, side="right")) - 1
        inside = edges[(edges > position) & (edges < position + block.size)]
        starts = np.concatenate([[0], inside - position])
        span = slice(first, first + starts.size)
        minimum[span] = np.minimum(minimum[span], np.minimum.reduceat(block, starts))
        maximum[span] = np.maximum(maximum[span], np.maximum.reduceat(block, starts))
        position += block.size
    return Waveform(minimum.tolist(), maximum.tolist(), sample_rate, total / sample_rate)
