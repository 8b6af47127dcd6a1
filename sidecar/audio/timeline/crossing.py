"""Where a clip can be cut without a click."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sidecar.audio.timeline.sources import Sources
from sidecar.audio.timeline.take_in import taken


def nearest_crossing(path: Path, at: int, reach: int) -> int:
    """The frame nearest to `at`, at most `reach` away, at which the sound changes its sign or has just been silent.

    Frames are the file's own, of stereo the sum of both channels counts. Without a crossing it is `at`.
    Raises as `Sources.read`.
    """
    first = at - reach - 1
    heard = Sources(taken(path).sample_rate).read(str(path), first, 2 * reach + 2).sum(axis=1)
    signs = np.signbit(heard)
    crossings = np.flatnonzero((signs[1:] != signs[:-1]) | (heard[1:] == 0.0)) + first + 1
    near = crossings[crossings >= 0]
    return int(near[np.argmin(np.abs(near - at))]) if near.size else at
