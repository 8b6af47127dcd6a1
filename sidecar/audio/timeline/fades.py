"""How a clip comes and goes: its gain from frame to frame."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sidecar.timeline import Curve, Fade, PlannedClip

Gains = NDArray[np.float64]
EXPONENTIAL_RANGE_DB = 60.0
"""From so far below an exponential fade rises, by equally many decibels in equal times."""


def _exponential(share: Gains) -> Gains:
    largest = 10.0 ** (EXPONENTIAL_RANGE_DB / 20.0)
    return np.asarray((largest**share - 1.0) / (largest - 1.0))


CURVES: dict[Curve, Callable[[Gains], Gains]] = {
    "linear": lambda share: share,
    "equal_power": lambda share: np.sin(np.pi / 2 * share),
    "exponential": _exponential,
    "s_curve": lambda share: (1.0 - np.cos(np.pi * share)) / 2,
}
"""The gain at each share of a fade, from 0 to 1. Where two cross, equal_power keeps the sum of their powers, linear and
s_curve that of their amplitudes."""


def envelope(clip: PlannedClip, first: int, count: int) -> Gains | None:
    """The clip's gain from its frame `first` on, (count,), by its fades alone; None where neither has a part in it.

    A function of the frame alone: the same one has the same gain, however a clip is read, and after a split.
    """
    # How many of these frames each fade reaches.
    coming = min(count, clip.fade_in.length - clip.fade_in.offset - first)
    going = min(count, clip.fade_out.length - clip.fade_out.offset - (clip.length - first - count))
    if not clip.fade_out.length:
        going = 0  # What follows the clip's end is its tail.
    if coming <= 0 and going <= 0:
        return None
    gains = np.ones(count)
    frames = np.arange(first, first + count)
    if coming > 0:
        gains[:coming] *= faded(clip.fade_in, frames[:coming])
    if going > 0:
        gains[-going:] *= faded(clip.fade_out, clip.length - 1 - frames[-going:])
    return gains


def faded(fade: Fade, from_edge: NDArray[np.int64]) -> Gains:
    """A fade's gain so many frames from its edge of the clip; 1 where it is over. Its length must not be 0."""
    share = np.minimum((from_edge + fade.offset) / fade.length, 1.0)
    return np.where(share < 1.0, CURVES[fade.curve](share), 1.0)
