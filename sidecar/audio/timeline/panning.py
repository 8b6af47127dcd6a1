"""Where a sound stands between left and right."""

from __future__ import annotations

import math


def pan_gains(pan: float, channels: int) -> tuple[float, ...]:
    """The gain of each channel for a pan from -1 (left) to 1 (right); with one channel there is nothing to pan.

    In the middle both are 1, and towards a side only the other one falls, by the constant-power law of sine and cosine:
    nothing is turned up, and what is not panned stays as it is. On stereo it works as a balance.
    """
    if channels == 1:
        return (1.0,)
    angle = (pan + 1.0) * math.pi / 4.0
    return min(1.0, math.sqrt(2.0) * math.cos(angle)), min(1.0, math.sqrt(2.0) * math.sin(angle))
