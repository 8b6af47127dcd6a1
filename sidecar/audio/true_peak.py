"""True peaks: those of the curve between the samples, which a converter or a lossy codec makes audible.

Measured after ITU-R BS.1770-4, Annex 2, on the signal at four times its rate.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from sidecar.audio.samples import Samples, decibels, peak

OVERSAMPLING = 4
REACH = 24
"""Samples that the oversampling filter looks to each side; with 10, `resample_poly`'s own, sibilants read too low."""
KAISER_BETA = 8.0
FRAME = 32
"""Samples that are oversampled together, as a product of matrices: three times as fast as `resample_poly`."""
LARGEST_RISE = 2.0
"""Frames with no sample above this part of a level are not oversampled to see whether they pass it: between the samples
of speech the curve rises by less than 3 dB."""


def true_peaks(samples: Samples, level: float) -> Samples:
    """The largest amplitude at and right after each sample, (samples,), exact where it may pass `level`, else too low.

    Of stereo, (samples, 2), that of the louder channel.
    """
    if samples.ndim == 2:
        left, right = (true_peaks(np.ascontiguousarray(channel), level) for channel in samples.T)
        return np.maximum(left, right)
    padded = np.pad(samples, (REACH, REACH + -samples.size % FRAME))
    peaks = np.abs(padded[REACH:-REACH]).reshape(-1, FRAME)
    loud = peaks.max(axis=1) > level / LARGEST_RISE
    loud[:-1] |= loud[1:]  # A curve may rise from the last sample of a frame to the first of the next one.
    if loud.any():
        windows = sliding_window_view(padded, FRAME + 2 * REACH)[::FRAME][loud]
        curves = np.abs(windows @ _oversampler())
        peaks[loud] = np.maximum.reduce(np.split(curves, OVERSAMPLING, axis=1))
    return peaks.reshape(-1)[: samples.size]


@cache
def _oversampler() -> Samples:
    """What makes of a frame with its surroundings its curve: (FRAME + 2 · REACH, OVERSAMPLING · FRAME), by phases."""
    width = OVERSAMPLING * REACH
    steps = np.arange(-width, width + 1)
    taps = np.sinc(steps / OVERSAMPLING) * np.kaiser(steps.size, KAISER_BETA)
    taps *= OVERSAMPLING / taps.sum()
    matrix = np.zeros((FRAME + 2 * REACH, OVERSAMPLING, FRAME), np.float32)
    for phase in range(OVERSAMPLING):
        for sample in range(FRAME):
            # How far each given sample is from the point on the curve, in steps of the higher rate.
            away = phase + OVERSAMPLING * (sample + REACH - np.arange(FRAME + 2 * REACH))
            near = np.abs(away) <= width
            matrix[near, phase, sample] = taps[away[near] + width]
    return matrix.reshape(FRAME + 2 * REACH, OVERSAMPLING * FRAME)


class TruePeakMeter:
    """The true peak of sound that comes in blocks of any size, mono or (samples, channels), with silence about it."""

    def __init__(self) -> None:
        self._waiting: Samples | None = None
        self._peak = 0.0

    def add(self, block: Samples) -> None:
        """Hear the next samples."""
        silence = np.zeros((2 * REACH, *block.shape[1:]), np.float32)
        heard = np.concatenate([silence if self._waiting is None else self._waiting, block])
        self._peak = max(self._peak, self._highest(heard))
        self._waiting = heard[-2 * REACH :]

    @property
    def true_peak_db(self) -> float:
        """The highest so far, in dBTP."""
        if self._waiting is None:
            return decibels(0.0)
        end = np.concatenate([self._waiting, np.zeros_like(self._waiting)])
        return decibels(max(self._peak, self._highest(end)))

    def _highest(self, heard: Samples) -> float:
        """That of the samples of which is known what surrounds them."""
        return peak(true_peaks(heard, max(self._peak, peak(heard)))[REACH:-REACH])
