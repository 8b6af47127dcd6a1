"""The engine process's operation on effects: parameters and result are JSON, the work is `sidecar.audio.effects`'."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sidecar.audio.decode import blocks, decode, probe
from sidecar.audio.effects import Effect, process
from sidecar.audio.encode import Written, encode
from sidecar.audio.limiter import TRUE_PEAK_DB
from sidecar.audio.samples import Samples, amplitude, decibels, peak
from sidecar.engines.base import Control
from sidecar.engines.worker.loop import Operation

RATES = (8_000, 48_000)
"""Sample rates (Hz) at which every effect works; a recording with another is brought to the nearest."""
BLOCK_S = 1.0
"""How often is looked whether the work is still wanted."""
HEADROOM = 2.0**-15
"""One step of 16 bits, by which rounding may raise a peak."""


def apply(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{path, out_path, effects, max_s?}` → a WAV at the recording's own rate with its tail, no peak above -1 dBFS.

    `effects` is a list of `{type, params}` with every parameter; only the first `max_s` seconds are taken if given. The
    result is `{duration_s, sample_rate, gain_db}`; `gain_db` is 0, or by how much all of it was turned down.
    The samples are never held together: where the peak turns out too high, the chain runs a second time, turned down
    (pedalboard's own Limiter lets peaks pass).
    """
    path, out_path = Path(params["path"]), Path(params["out_path"])
    info = probe(path)
    rate = min(max(info.sample_rate, RATES[0]), RATES[1])
    max_s = params.get("max_s")
    effects = [Effect(effect["type"], effect["params"]) for effect in params["effects"]]

    def run(gain: float) -> tuple[Written, float]:
        heard = blocks(path, rate, BLOCK_S) if max_s is None else [decode(path, rate, max_s=max_s)]
        told = _told(heard, rate, info.duration_s if max_s is None else min(max_s, info.duration_s), control)
        meter = _PeakMeter(process(told, rate, effects), gain)
        return encode(out_path, meter, rate, "wav"), meter.peak

    written, highest = run(1.0)
    limit = amplitude(TRUE_PEAK_DB) - HEADROOM
    gain = min(1.0, limit / highest) if highest else 1.0
    if gain < 1.0:
        written, _ = run(gain)
    return {"duration_s": written.duration_s, "sample_rate": written.sample_rate, "gain_db": decibels(gain)}


OPERATIONS: dict[str, Operation] = {"effects.apply": apply}


class _PeakMeter:
    """Blocks on their way to a file, turned by a gain; what their peak was is known once they are through."""

    def __init__(self, pieces: Iterable[Samples], gain: float) -> None:
        self._pieces = pieces
        self._gain = np.float32(gain)
        self.peak = 0.0

    def __iter__(self) -> Iterator[Samples]:
        for piece in self._pieces:
            turned = piece * self._gain
            self.peak = max(self.peak, peak(turned))
            yield turned


def _told(pieces: Iterable[Samples], sample_rate: int, total_s: float, control: Control) -> Iterator[Samples]:
    """The pieces; who waits is told how many seconds have been taken, and may have lost interest."""
    count = 0
    for piece in pieces:
        control.check()
        control.progress("applying", count / sample_rate, total_s, "seconds")
        count += piece.size
        yield piece
