"""The one shape that audio has in this room, and the units that go with it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono audio, shape (samples,), nominally in [-1, 1]; where it is said, also stereo, (samples, 2)."""

Span = tuple[float, float]
"""Start and end in seconds."""

SILENCE_DB = -120.0
"""What a level of nothing is called, so that JSON never sees minus infinity; below the floor of 16-bit audio."""


def checked(pieces: Iterable[Samples], check: Callable[[], None]) -> Iterator[Samples]:
    """The same pieces; `check` is called before each, and may raise to stop the work."""
    for piece in pieces:
        check()
        yield piece


def decibels(amplitude: float) -> float:
    """An amplitude (1.0 is full scale) in dBFS, never below `SILENCE_DB`."""
    return max(SILENCE_DB, 20.0 * math.log10(amplitude)) if amplitude > 0.0 else SILENCE_DB


def amplitude(level_db: float) -> float:
    """The amplitude (1.0 is full scale) of a level in dBFS."""
    return float(10.0 ** (level_db / 20.0))


def rms(samples: Samples) -> float:
    """The root mean square of the samples; 0.0 for an empty array."""
    return math.sqrt(float(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0


def peak(samples: Samples) -> float:
    """The largest absolute sample; 0.0 for an empty array."""
    return float(np.max(np.abs(samples))) if samples.size else 0.0


def regroup(pieces: Iterable[Samples], size: int) -> Iterator[Samples]:
    """The same samples, of any number of channels, in arrays of exactly `size`, the last one shorter, never empty."""
    waiting: list[Samples] = []
    count = 0
    for piece in pieces:
        waiting.append(piece)
        count += len(piece)
        if count < size:
            continue
        joined = np.concatenate(waiting)
        whole = count - count % size
        for start in range(0, whole, size):
            yield joined[start : start + size]
        waiting, count = [joined[whole:]], count - whole
    if count:
        yield np.concatenate(waiting)
