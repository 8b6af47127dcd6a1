"""Chunks of speech one after the other, with pauses that are exact to the sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from sidecar.audio.samples import Samples

FADE_S = 0.005
"""Long enough that a cut does not click, too short to soften a consonant."""


def join(parts: Iterable[Samples], pauses_s: Sequence[float], sample_rate: int) -> Iterator[Samples]:
    """Each part with its edges faded over 5 ms, then the silence that follows it; nothing overlaps.

    `pauses_s[i]` follows part i; what it has no entry for is followed directly. The samples that come out number
    exactly those of the parts plus `round(pause * sample_rate)` for every pause.
    """
    for index, part in enumerate(parts):
        yield faded(part, sample_rate)
        if index < len(pauses_s):
            yield np.zeros(round(pauses_s[index] * sample_rate), np.float32)


def faded(samples: Samples, sample_rate: int) -> Samples:
    """A copy that rises from nothing over its first 5 ms and falls to nothing over its last."""
    copy = samples.astype(np.float32, copy=True)
    size = min(round(FADE_S * sample_rate), copy.size // 2)
    ramp = np.linspace(0.0, 1.0, size, endpoint=False, dtype=np.float32)
    copy[:size] *= ramp
    copy[copy.size - size :] *= ramp[::-1]
    return copy
