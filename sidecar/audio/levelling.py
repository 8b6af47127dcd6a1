"""Speech brought to a loudness: the gain that reaches it, and the true-peak limiter after the gain."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sidecar.audio.decode import blocks
from sidecar.audio.encode import encode
from sidecar.audio.limiter import limited
from sidecar.audio.loudness import LoudnessMeter
from sidecar.audio.samples import amplitude, checked
from sidecar.durable import half_written
from sidecar.operating_system import replace

NEAR_LU = 0.1
MOST_TRIES = 6
"""Three are enough for -14 LUFS, where the limiter takes some tenths away."""
LEAST_SLOPE = 0.2
MOST_BEYOND_DB = 6.0
"""More gain than that against the limiter makes the background louder and hardly the speech; above -12 LUFS most voices
stay below the target for it."""
BLOCK_S = 10.0


def reach(
    target_lufs: float, play: Callable[[float], float | None], gain_db: float = 0.0, most_db: float = math.inf
) -> None:
    """Call `play` with one gain in dB after the other until the loudness that it answers is the target to 0.1 LU.

    A dB of gain makes one LU, but less where the limiter works: from the second try on, as much as the last two tell.
    The last call is the one that counts; `None`, which is silence, ends it at once.
    """
    slope, before = 1.0, (0.0, 0.0)
    for tried in range(MOST_TRIES):
        lufs = play(gain_db)
        if lufs is None or abs(target_lufs - lufs) <= NEAR_LU:
            return
        if tried:
            slope = min(1.0, max(LEAST_SLOPE, (lufs - before[1]) / (gain_db - before[0])))
        before = gain_db, lufs
        gain_db = min(gain_db + (target_lufs - lufs) / slope, most_db)
        if gain_db == before[0]:
            return


def level_wav(
    path: Path, sample_rate: int, heard: LoudnessMeter, target_lufs: float, check: Callable[[], None]
) -> LoudnessMeter:
    """Bring a WAV, which `heard` has heard, to `target_lufs` with no peak above -1 dBTP; silence stays as it is.

    A target that the limiter does not let it reach is missed from below, and the result tells by how much.
    The file is replaced when all of the new one is on the disk, and left alone if `check`, which is called again and
    again, raises. The result has heard the new file. Memory is that of some seconds.
    """
    if heard.lufs is None:
        return heard
    levelled = half_written(path)
    meter = heard

    def play(gain_db: float) -> float | None:
        nonlocal meter
        meter = LoudnessMeter(sample_rate)
        gain = np.float32(amplitude(gain_db))
        turned = (piece * gain for piece in checked(blocks(path, sample_rate, BLOCK_S), check))
        encode(levelled, meter.listen(limited(turned, sample_rate)), sample_rate, "wav")
        return meter.lufs

    try:
        gain_db = target_lufs - heard.lufs
        reach(target_lufs, play, gain_db, gain_db + MOST_BEYOND_DB)
        replace(levelled, path)
    finally:
        levelled.unlink(missing_ok=True)
    return meter
