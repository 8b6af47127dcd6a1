"""A true-peak limiter: what passes -1 dBTP is turned down smoothly for some milliseconds, and nothing is ever clipped.

No kept library with a permissive licence limits true peaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from sidecar.audio.samples import Samples, amplitude, regroup
from sidecar.audio.true_peak import REACH, true_peaks

TRUE_PEAK_DB = -1.0
"""EBU R 128's maximum true peak for delivery."""
HEADROOM_DB = 0.7
"""Four times the rate reads a peak near the Nyquist frequency too low by up to 0.7 dB: BS.1770-4, Annex 2, appendix 1.
Measured: 0.4 dB in speech, and in white noise."""
LOOK_AHEAD_S = 0.01
"""The gain falls this long before a peak and rises as long after it: two periods of a low voice, so that the gain
follows the loudness of the speech and not its waveform."""
BLOCK_S = 10.0


def limited(
    blocks: Iterable[Samples], sample_rate: int, true_peak_db: float = TRUE_PEAK_DB, channels: int | None = None
) -> Iterator[Samples]:
    """The same number of samples, none of them and nothing between them above the peak; what is below stays as it is.

    Mono, or (samples, channels) if their number is given: one gain for all, so that no voice moves to a side.
    Memory is that of some seconds, whatever the blocks' sizes.
    """
    ahead = round(LOOK_AHEAD_S * sample_rate)
    reach = 2 * ahead + REACH
    limit = amplitude(true_peak_db - HEADROOM_DB)
    silence = np.zeros(reach if channels is None else (reach, channels), np.float32)
    waiting = silence
    for block in chain(regroup(blocks, round(BLOCK_S * sample_rate)), [silence]):
        waiting = np.concatenate([waiting, block])
        if len(waiting) > 2 * reach:
            gain = _gain(waiting, ahead, limit)
            turned = waiting * (gain if channels is None else gain[:, np.newaxis])
            yield turned[reach:-reach].astype(np.float32)
            waiting = waiting[-2 * reach :]


def _gain(samples: Samples, ahead: int, limit: float) -> NDArray[np.float64]:
    """For each sample at most what its own peak allows: every minimum that is averaged for it has seen that peak."""
    # Only here, as in loudness.py: an audio process is up in half the time where nothing is levelled.
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    allowed = limit / np.maximum(true_peaks(samples, limit), limit)
    lowest = minimum_filter1d(allowed.astype(np.float64), 2 * ahead + 1, mode="nearest")
    for _ in range(2):  # Twice a rectangle is a triangle: no corner in the gain is sharp enough to be heard.
        lowest = uniform_filter1d(lowest, ahead, mode="nearest")
    return np.asarray(lowest)
