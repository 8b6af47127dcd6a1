"""Integrated loudness after ITU-R BS.1770-4 (pyloudnorm), and the gain that reaches a target."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pyloudnorm

from sidecar.audio.samples import SILENCE_DB, Samples, amplitude, decibels, peak

SHORTEST_S = 0.4
"""One gating block of BS.1770: below it loudness is not defined."""
WINDOW_S = 60.0
"""Long recordings are measured in windows of this length, so that memory does not grow with them."""
RELATIVE_GATE_LU = 10.0
"""BS.1770's second gate, applied between windows as it is within one."""
PEAK_LIMIT_DB = -1.0
"""EBU R 128's maximum peak for delivery."""


def loudness(samples: Samples, sample_rate: int) -> float | None:
    """The integrated loudness in LUFS; None for less than 0.4 s, and for silence."""
    if samples.size < SHORTEST_S * sample_rate:
        return None
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore")  # pyloudnorm warns of an empty mean on silence; None says that.
        lufs = float(pyloudnorm.Meter(sample_rate).integrated_loudness(samples.astype(np.float64)))
    return lufs if math.isfinite(lufs) and lufs > SILENCE_DB else None


class LoudnessMeter:
    """Loudness and peak of a recording that comes in blocks, at constant memory.

    Up to one minute the loudness is BS.1770's own; a longer recording is the gated mean of its minutes' energies,
    which for speech stays within 0.5 LU of it.
    """

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._waiting: list[Samples] = []
        self._windows: list[tuple[float, int]] = []
        self._peak = 0.0

    def add(self, block: Samples) -> None:
        """Hear the next samples."""
        self._peak = max(self._peak, peak(block))
        self._waiting.append(block)
        if sum(waiting.size for waiting in self._waiting) >= WINDOW_S * self._sample_rate:
            self._windows.extend(self._measured())
            self._waiting = []

    @property
    def peak_db(self) -> float:
        """The sample peak in dBFS."""
        return decibels(self._peak)

    @property
    def lufs(self) -> float | None:
        """The integrated loudness so far, as `loudness` gives it."""
        windows = self._windows + self._measured()
        if not windows:
            return None
        gate = _mean_lufs(windows) - RELATIVE_GATE_LU
        return _mean_lufs([window for window in windows if window[0] >= gate])

    def _measured(self) -> list[tuple[float, int]]:
        samples = np.concatenate(self._waiting) if self._waiting else np.empty(0, np.float32)
        lufs = loudness(samples, self._sample_rate)
        return [] if lufs is None else [(lufs, samples.size)]


def gain_to(target_lufs: float, lufs: float | None, peak_db: float) -> float:
    """The factor that brings a recording to `target_lufs` without its peak passing -1 dBFS; 1.0 for silence."""
    if lufs is None:
        return 1.0
    return amplitude(min(target_lufs - lufs, PEAK_LIMIT_DB - peak_db))


def level(samples: Samples, sample_rate: int, target_lufs: float) -> Samples:
    """The samples at `target_lufs`, or as near to it as a peak of -1 dBFS allows: only the gain changes."""
    gain = gain_to(target_lufs, loudness(samples, sample_rate), decibels(peak(samples)))
    return (samples * np.float32(gain)).astype(np.float32)


def _mean_lufs(windows: list[tuple[float, int]]) -> float:
    total = sum(size for _, size in windows)
    return 10.0 * math.log10(sum(size * 10.0 ** (lufs / 10.0) for lufs, size in windows) / total)
