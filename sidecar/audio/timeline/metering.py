"""What is measured of a finished render."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from sidecar.audio.loudness import LoudnessMeter
from sidecar.audio.samples import Samples, decibels, peak, rms
from sidecar.audio.true_peak import TruePeakMeter

STEP_S = 0.1
QUIET_STEPS = 5
"""The noise floor is the level of the quietest half second, as the checkers for audiobooks (ACX) measure it."""


@dataclass(frozen=True)
class Measured:
    """Levels in dBFS, dBTP and LUFS; None where there is too little sound for one, as in silence."""

    loudness_lufs: float | None
    true_peak_db: float
    peak_db: float
    rms_db: float
    noise_floor_db: float | None
    clipped_samples: int


class Meter:
    """Hears blocks of any size, mono or (samples, 2); keeps one power for every 0.1 s."""

    def __init__(self, sample_rate: int) -> None:
        self._loudness = LoudnessMeter(sample_rate)
        self._true_peak = TruePeakMeter()
        self._step = round(STEP_S * sample_rate)
        self._unfinished: Samples | None = None
        self._powers = array("d")
        self._clipped = 0

    def listen(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """The same blocks, each heard on its way."""
        for block in blocks:
            if len(block):
                self._add(block)
            yield block

    def _add(self, block: Samples) -> None:
        self._loudness.add(block)
        self._true_peak.add(block)
        if peak(block) > 1.0:
            self._clipped += int(np.count_nonzero(np.abs(block) > 1.0))
        heard = block if self._unfinished is None else np.concatenate([self._unfinished, block])
        whole = len(heard) // self._step * self._step
        steps = heard[:whole].reshape(-1, self._step * heard[0].size)
        self._powers.extend(np.square(steps).mean(axis=1, dtype=np.float64))
        self._unfinished = heard[whole:]

    @property
    def measured(self) -> Measured:
        """What was heard so far."""
        steps, rest = np.array(self._powers), np.zeros(0, np.float32) if self._unfinished is None else self._unfinished
        count = len(steps) * self._step + len(rest)
        power = (steps.sum() * self._step + rms(rest) ** 2 * len(rest)) / max(1, count)
        quietest = None
        if len(steps) >= QUIET_STEPS:
            quietest = np.convolve(steps, np.full(QUIET_STEPS, 1 / QUIET_STEPS), "valid").min()
        return Measured(
            loudness_lufs=self._loudness.lufs,
            true_peak_db=self._true_peak.true_peak_db,
            peak_db=self._loudness.peak_db,
            rms_db=decibels(math.sqrt(power)),
            noise_floor_db=None if quietest is None else decibels(math.sqrt(quietest)),
            clipped_samples=self._clipped,
        )
