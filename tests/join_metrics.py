"""How joined speech is judged, without the code that joins it: loudness, true peak, jumps from sample to sample."""

from __future__ import annotations

import warnings

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.signal import resample

OVERSAMPLING = 8
GUARD = 2_048
EDGE = 480
"""20 ms at 24 kHz: the length of a fade."""


def lufs(samples: NDArray[np.float32], sample_rate: int) -> float:
    """Integrated loudness of (samples,) as pyloudnorm measures it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(pyloudnorm.Meter(sample_rate).integrated_loudness(samples.astype(np.float64)))


def true_peak_db(samples: NDArray[np.float32]) -> float:
    """The peak of the band-limited curve through (samples,), in dBTP: eight times the rate by Fourier transform."""
    padded = np.pad(samples.astype(np.float64), GUARD)
    return float(20 * np.log10(np.abs(resample(padded, OVERSAMPLING * padded.size)).max()))


def joints(parts: list[dict[str, float]], sample_rate: int) -> list[tuple[int, int]]:
    """From where one part ends to where the next begins, with the fades, or what both share; the take's edges too.

    `parts` are what `audio.join` tells; each span is a first sample and the one after the last.
    """
    starts = [round(part["start_s"] * sample_rate) for part in parts]
    ends = [start + round(part["duration_s"] * sample_rate) for start, part in zip(starts, parts, strict=True)]
    between = [
        (end - EDGE, start + EDGE) if start >= end else (start, end)
        for end, start in zip(ends[:-1], starts[1:], strict=True)
    ]
    return [(starts[0], starts[0] + EDGE), *between, (ends[-1] - EDGE, ends[-1])]


def largest_jump(samples: NDArray[np.float32], spans: list[tuple[int, int]]) -> float:
    """The largest step from one sample to the next in any of the spans; before and after the take is silence."""
    steps = np.abs(np.diff(samples, prepend=0.0, append=0.0))
    return float(max(steps[first : last + 1].max() for first, last in spans))
