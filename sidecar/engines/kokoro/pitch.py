"""The pitch of a voice by YIN (de Cheveigné and Kawahara 2002, doi:10.1121/1.1458024)."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sidecar.engines.base import Samples

SAMPLE_RATE = 16_000
LOWEST_HZ, HIGHEST_HZ = 55.0, 500.0
WINDOW = 480
"""30 ms at 16 kHz: longer than the longest period, short enough for pitch to stand still."""
HOP = 160
VOICED_BELOW = 0.15
"""YIN's aperiodicity threshold; the paper uses 0.1, clean speech recordings allow a little more."""
AUDIBLE_BELOW_PEAK_DB = 30.0


def pitch_track(audio: Samples, sample_rate: int) -> NDArray[np.float64]:
    """The pitch in Hz of every voiced 10 ms frame of `audio` (mono, (samples,)); empty if none is voiced."""
    signal = soxr.resample(audio, sample_rate, SAMPLE_RATE).astype(np.float64)
    longest = int(SAMPLE_RATE / LOWEST_HZ)
    if len(signal) < WINDOW + longest:
        return np.empty(0)
    frames = sliding_window_view(signal, WINDOW + longest)[::HOP]
    power = np.mean(frames**2, axis=1)
    frames = frames[power > np.max(power) * 10 ** (-AUDIBLE_BELOW_PEAK_DB / 10)]
    aperiodicity = _aperiodicity(frames, longest)
    lags = _first_dips(aperiodicity, int(SAMPLE_RATE / HIGHEST_HZ))
    voiced = lags > 0
    return SAMPLE_RATE / _refined(aperiodicity[voiced], lags[voiced])


def median_pitch(audio: Samples, sample_rate: int) -> float | None:
    """The median pitch of `audio` in Hz, or None if nothing in it is voiced."""
    track = pitch_track(audio, sample_rate)
    return float(np.median(track)) if len(track) else None


def _aperiodicity(frames: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    """The paper's cumulative mean normalised difference, (frames, longest + 1); 0 at a lag that fits exactly."""
    size = frames.shape[1]
    spectrum = np.fft.rfft(frames, 2 * size)
    head = np.fft.rfft(frames[:, :WINDOW], 2 * size)
    correlation = np.fft.irfft(spectrum * np.conj(head))[:, : longest + 1]
    energy = np.cumsum(np.pad(frames**2, ((0, 0), (1, 0))), axis=1)
    shifted = energy[:, WINDOW : WINDOW + longest + 1] - energy[:, : longest + 1]
    difference = np.maximum(0, shifted[:, :1] + shifted - 2 * correlation)
    lags = np.arange(1, longest + 1)
    mean = np.cumsum(difference[:, 1:], axis=1) / lags
    normalised = difference[:, 1:] / np.maximum(mean, np.finfo(float).tiny)
    return np.pad(normalised, ((0, 0), (1, 0)), constant_values=1.0)


def _first_dips(aperiodicity: NDArray[np.float64], shortest: int) -> NDArray[np.int64]:
    """For each frame the first lag below the threshold that is also a local minimum; 0 where the frame is unvoiced."""
    inner = aperiodicity[:, 1:-1]
    dips = (inner < VOICED_BELOW) & (inner <= aperiodicity[:, :-2]) & (inner < aperiodicity[:, 2:])
    dips[:, : shortest - 1] = False
    return np.where(np.any(dips, axis=1), np.argmax(dips, axis=1) + 1, 0)


def _refined(aperiodicity: NDArray[np.float64], lags: NDArray[np.int64]) -> NDArray[np.float64]:
    """The lags moved to the vertex of the parabola through each minimum and its neighbours."""
    rows = np.arange(len(lags))
    before, here, after = (aperiodicity[rows, lags + step] for step in (-1, 0, 1))
    return lags + 0.5 * (before - after) / (before - 2 * here + after)
