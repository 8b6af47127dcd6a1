"""Something like speech, and somebody who listens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 24_000
FRAME_S = 0.08


class Listener:
    """A `Control` that notes progress in frames, and can have the work break off."""

    def __init__(self) -> None:
        self.checks = 0
        self.frames: list[int] = []
        self.fault_at: int | None = None
        self.fault: Exception | None = None

    def raise_at(self, check: int, fault: Exception) -> None:
        """Have the check with this number, and all later ones, raise `fault`."""
        self.fault_at, self.fault = check, fault

    def check(self) -> None:
        self.checks += 1
        if self.fault is not None and self.fault_at is not None and self.checks >= self.fault_at:
            raise self.fault

    def progress(self, stage: str, completed: float, total: float | None, unit: str) -> None:
        if stage == "speaking":
            self.frames.append(round(completed / FRAME_S))


def speech(seconds: float, *, pitch: float = 120.0, level: float = 0.2, seed: int = 0) -> NDArray[np.float32]:
    """Samples (n,) at 24 kHz: 2 s of four syllables a second, half a second of near silence, and so on."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    buzz = sum(np.sin(2 * np.pi * pitch * harmonic * time) / harmonic for harmonic in range(1, 12))
    talking = (time % 2.5 < 2.0) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time))
    noise = np.random.default_rng(seed).standard_normal(len(time))
    return (level * (buzz * talking + 0.01 * noise)).astype(np.float32)
