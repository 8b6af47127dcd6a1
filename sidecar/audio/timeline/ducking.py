"""How a track gives way to others: lowered smoothly while they sound, and a moment before they begin.

A function of what sounds within some seconds, and of nothing before: so it is the same wherever a render starts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sidecar.audio.samples import Samples, amplitude

FRAME_S = 0.01
SOUNDING_DB = -50.0
"""RMS (dBFS) of 10 ms above which a track sounds: below the consonants of speech, above a room's noise."""
ATTACK_S = 0.2
"""The gain begins to fall so long before the others sound, and is down when they do."""
HOLD_S = 0.4
"""A pause between two words, in which nothing rises."""
RELEASE_S = 0.8
REACH_S = HOLD_S + RELEASE_S
"""What sounded longer ago has no part in it; nor has what comes later than the attack."""

Sounding = NDArray[np.bool_]


def sounding(key: Samples, sample_rate: int) -> Sounding:
    """Which 10 ms of the others' sound, (samples, channels), are loud enough, (frames,); a last part of one counts."""
    size = frame_size(sample_rate)
    power = np.square(key, dtype=np.float64) @ np.full(key.shape[1], 1 / key.shape[1])
    frames = np.pad(power, (0, -len(power) % size)).reshape(-1, size)
    return np.asarray(frames.mean(axis=1) > amplitude(SOUNDING_DB) ** 2)


def frame_size(sample_rate: int) -> int:
    """Samples in 10 ms."""
    return round(FRAME_S * sample_rate)


def duck_gains(before: Sounding, now: Sounding, after: Sounding, duck_db: float, sample_rate: int) -> Samples:
    """The gain of each sample of a block, (samples,), by which of its frames sound, and of those about it.

    The decibels fall in a straight line in `ATTACK_S`, stay for `HOLD_S` after the last sound and rise in `RELEASE_S`.
    """
    heard = np.concatenate([before, now, after])
    # One more on both sides, as what lies between the middles of two frames is between their gains.
    frames = np.arange(len(before) - 1, len(before) + len(now) + 1)
    since, until = _distances(heard)
    falling = 1.0 - until * FRAME_S / ATTACK_S
    rising = 1.0 - (since * FRAME_S - HOLD_S) / RELEASE_S
    depth = np.pad(np.clip(np.maximum(falling, rising), 0.0, 1.0), 1, mode="edge")[frames + 1]
    size = frame_size(sample_rate)
    middles = (frames - len(before) + 0.5) * size
    decibels = duck_db * np.interp(np.arange(len(now) * size) + 0.5, middles, depth)
    return np.asarray(10.0 ** (decibels / 20.0), np.float32)


def _distances(heard: Sounding) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each frame how many ago the last one sounded, and in how many the next one will; infinite for never."""
    places = np.arange(len(heard), dtype=np.float64)
    last = np.maximum.accumulate(np.where(heard, places, -np.inf))
    following = np.minimum.accumulate(np.where(heard, places, np.inf)[::-1])[::-1]
    return places - last, following - places
