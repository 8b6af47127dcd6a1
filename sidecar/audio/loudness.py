"""Integrated loudness after ITU-R BS.1770-4, at constant memory: the weighting is pyloudnorm's, the gates are here."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from sidecar.audio.samples import Samples, decibels, peak, regroup

STEP_S = 0.1
STEPS_A_BLOCK = 4
"""Loudness is measured in blocks of 0.4 s, one every 0.1 s."""
SHORTEST_S = STEP_S * STEPS_A_BLOCK
"""One gating block: below it loudness is not defined."""
OFFSET_DB = -0.691
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = 10.0
FADED = 1e-30
BLOCK_S = 10.0
"""Weighted samples take four times the memory of those that are given."""


def loudness(samples: Samples, sample_rate: int) -> float | None:
    """The integrated loudness in LUFS; None for less than 0.4 s, and for silence."""
    meter = LoudnessMeter(sample_rate)
    for block in regroup([samples], round(BLOCK_S * sample_rate)):
        meter.add(block)
    return meter.lufs


class LoudnessMeter:
    """Loudness and peak of a recording that comes in blocks of any size, mono or (samples, 2).

    Only the power of every 0.1 s is kept, 288 kB an hour; the powers of two channels add up. Gates and constants are
    those of BS.1770-4, equations 1 to 7; `pyloudnorm.Meter`, which needs a recording whole, measures the same.
    """

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._step = round(STEP_S * sample_rate)
        self._weighting = _k_weighting(sample_rate)
        self._state: NDArray[np.float64] | None = None
        self._unfinished: NDArray[np.float64] | None = None
        self._powers = array("d")
        self._peak = 0.0
        self._count = 0

    def add(self, block: Samples) -> None:
        """Hear the next samples, if there are any."""
        if block.size == 0:
            return
        from scipy.signal import sosfilt

        self._peak = max(self._peak, peak(block))
        self._count += len(block)
        if self._state is None:
            self._state = np.zeros((len(self._weighting), 2, *block.shape[1:]))
        weighted, state = sosfilt(self._weighting, block, axis=0, zi=self._state)
        # In silence the state would fade through numbers so small that a processor takes a hundred times as long.
        self._state = np.where(np.abs(state) < FADED, 0.0, state)
        if self._unfinished is not None:
            weighted = np.concatenate([self._unfinished, weighted])
        whole = len(weighted) // self._step * self._step
        steps = weighted[:whole].reshape(-1, self._step * weighted[0].size)
        self._powers.extend(np.einsum("ij,ij->i", steps, steps) / self._step)
        self._unfinished = weighted[whole:]

    def listen(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """The same blocks, each heard on its way."""
        for block in blocks:
            self.add(block)
            yield block

    @property
    def peak_db(self) -> float:
        """The sample peak in dBFS."""
        return decibels(self._peak)

    @property
    def lufs(self) -> float | None:
        """The integrated loudness so far, as `loudness` gives it."""
        if self._unfinished is None or self._count < SHORTEST_S * self._sample_rate:
            return None
        # As in pyloudnorm, a last block that ends up to half a step after the recording counts, the rest of it silent.
        blocks = round((self._count / self._sample_rate - SHORTEST_S) / STEP_S) + 1
        steps = np.array([*self._powers, np.square(self._unfinished).sum() / self._step])[: blocks + STEPS_A_BLOCK - 1]
        powers = np.convolve(steps, np.full(STEPS_A_BLOCK, 1 / STEPS_A_BLOCK), "valid")
        loud = powers[powers > _power(ABSOLUTE_GATE_LUFS)]
        if not loud.size:
            return None
        gate = loud.mean() / 10.0 ** (RELATIVE_GATE_LU / 10.0)
        return OFFSET_DB + 10.0 * math.log10(loud[loud > gate].mean())


def _power(lufs: float) -> float:
    return float(10.0 ** ((lufs - OFFSET_DB) / 10.0))


def _k_weighting(sample_rate: int) -> NDArray[np.float64]:
    """The two stages of BS.1770's Annex 1 at any rate, with the frequencies and Qs of `pyloudnorm.Meter`."""
    # Only here: scipy.signal, which this brings along, takes longer to import than all else in an audio process.
    from pyloudnorm import IIRfilter

    stages = (
        IIRfilter(4.0, math.sqrt(0.5), 1_500.0, sample_rate, "high_shelf"),
        IIRfilter(0.0, 0.5, 38.0, sample_rate, "high_pass"),
    )
    return np.array([np.concatenate([stage.b, stage.a]) for stage in stages])
