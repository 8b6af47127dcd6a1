"""A true-peak limiter: what passes -1 dBTP is turned down smoothly for some milliseconds, and nothing is ever clipped.

True peaks are those of the curve between the samples, which a converter or a lossy codec makes audible: measured after
ITU-R BS.1770-4, Annex 2, on the signal at four times its rate. No kept library with a permissive licence limits them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import firwin, resample_poly

from sidecar.audio.samples import Samples, amplitude, regroup

TRUE_PEAK_DB = -1.0
"""EBU R 128's maximum true peak for delivery."""
HEADROOM_DB = 0.7
"""Four times the rate reads a peak near the Nyquist frequency too low by up to 0.7 dB: BS.1770-4, Annex 2, appendix 1.
Measured: 0.4 dB in speech, and in white noise."""
OVERSAMPLING = 4
REACH = 24
"""Samples that the oversampling filter looks to each side; with 10, `resample_poly`'s own, sibilants read too low."""
KAISER_BETA = 8.0
FRAME = 256
LARGEST_RISE = 2.0
"""Frames with no sample above this part of the limit are not oversampled: between the samples of speech the curve rises
by less than 3 dB."""
LOOK_AHEAD_S = 0.01
"""The gain falls this long before a peak and rises as long after it: two periods of a low voice, so that the gain
follows the loudness of the speech and not its waveform."""
BLOCK_S = 10.0


def limited(blocks: Iterable[Samples], sample_rate: int) -> Iterator[Samples]:
    """The same number of samples, none of them and nothing between them above -1 dBTP; what is below stays as it is.

    Memory is that of some seconds, whatever the blocks' sizes.
    """
    ahead = round(LOOK_AHEAD_S * sample_rate)
    reach = 2 * ahead + REACH
    silence = np.zeros(reach, np.float32)
    waiting = silence
    for block in chain(regroup(blocks, round(BLOCK_S * sample_rate)), [silence]):
        waiting = np.concatenate([waiting, block])
        if waiting.size > 2 * reach:
            yield (waiting * _gain(waiting, ahead))[reach:-reach].astype(np.float32)
            waiting = waiting[-2 * reach :]


def _gain(samples: Samples, ahead: int) -> NDArray[np.float64]:
    """For each sample at most what its own peak allows: every minimum that is averaged for it has seen that peak."""
    limit = amplitude(TRUE_PEAK_DB - HEADROOM_DB)
    allowed = limit / np.maximum(_true_peaks(samples, limit), limit)
    lowest = minimum_filter1d(allowed.astype(np.float64), 2 * ahead + 1, mode="nearest")
    for _ in range(2):  # Twice a rectangle is a triangle: no corner in the gain is sharp enough to be heard.
        lowest = uniform_filter1d(lowest, ahead, mode="nearest")
    return np.asarray(lowest)


def _true_peaks(samples: Samples, limit: float) -> Samples:
    """The largest amplitude at and right after each sample, (samples,), where it may pass the limit."""
    padded = np.pad(samples, (REACH, REACH + -samples.size % FRAME))
    frames = sliding_window_view(padded, FRAME + 2 * REACH)[::FRAME]
    peaks = np.abs(frames[:, REACH:-REACH])
    loud = peaks.max(axis=1) > limit / LARGEST_RISE
    if loud.any():
        window = firwin(2 * OVERSAMPLING * REACH + 1, 1 / OVERSAMPLING, window=("kaiser", KAISER_BETA))
        curve = np.abs(resample_poly(frames[loud], OVERSAMPLING, 1, axis=1, window=window.astype(np.float32)))
        inside = curve[:, OVERSAMPLING * REACH : -OVERSAMPLING * REACH]
        peaks[loud] = inside.reshape(-1, FRAME, OVERSAMPLING).max(axis=2)
    return peaks.reshape(-1)[: samples.size]
