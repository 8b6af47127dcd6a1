"""How loud speech is from moment to moment, and how loud it is at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sidecar.audio.samples import Samples

FRAME_S = 0.01
LOUD_PERCENTILE = 95
"""The level of speech is that of its loudest frames but the very loudest, which a click may be."""


def frame_levels(samples: Samples, sample_rate: int) -> NDArray[np.float64]:
    """The RMS of each whole 10 ms, (frames,)."""
    size = round(FRAME_S * sample_rate)
    frames = samples[: samples.size // size * size].reshape(-1, size)
    return np.asarray(np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1)))


def speech_level(frames: NDArray[np.float64]) -> float:
    """The level of the speech in frames, (frames,), as an amplitude; 0.0 without any."""
    return float(np.percentile(frames, LOUD_PERCENTILE)) if frames.size else 0.0
