"""What the clips of a timeline look like: the smallest and the largest sample of each of so many columns.

Clips stand where they begin, cut, at their gain and with their fades. Neither their own effects nor their pan is seen,
and where two overlap the wider one is.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from sidecar.audio.peaks import BLOCK, COARSER, SCALE, Peaks, PeaksOf, as_extremes
from sidecar.audio.samples import amplitude
from sidecar.audio.timeline.fades import faded
from sidecar.errors import InvalidAudio, NotFound
from sidecar.timeline import Fade

BLOCKS_PER_COLUMN = 4
"""At least; so a column shows no more than a quarter of its neighbours'."""

Frames = NDArray[np.int64]
Columns = NDArray[np.float64]
"""The smallest and the largest sample of every column, (2, columns)."""


class OutlinedClip(BaseModel):
    """A clip at the project's rate: frame `start + i` plays frame `skipped + i` of the `played` that its file lasts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    path: str
    start: int
    length: int
    skipped: int
    played: int
    gain_db: float
    fade_in: Fade
    fade_out: Fade


def outline(clips: Iterable[OutlinedClip], first: int, last: int, count: int, peaks_of: PeaksOf) -> Columns:
    """Column i of `count` shows the frames of the timeline from `first` + i·N/count on, of the N before `last`.

    Raises:
        NotFound, InvalidAudio: a clip's file is missing or cannot be read; `data.clip_id` names the clip.

    """
    edges = first + np.arange(count + 1) * (last - first) // count
    found = np.stack([np.full(count, np.inf), np.full(count, -np.inf)])
    covered = np.zeros(count, np.int64)
    for clip in clips:
        try:
            _add(clip, edges, found, covered, peaks_of)
        except (InvalidAudio, NotFound) as fault:
            raise type(fault)(fault.message, **fault.data | {"clip_id": clip.id}) from fault
    silent = (covered < np.diff(edges)) | (covered == 0)
    found[0, silent] = np.minimum(found[0, silent], 0.0)
    found[1, silent] = np.maximum(found[1, silent], 0.0)
    return found


def _add(clip: OutlinedClip, edges: Frames, found: Columns, covered: Frames, peaks_of: PeaksOf) -> None:
    start, end = max(clip.start, int(edges[0])), min(clip.start + clip.length, int(edges[-1]))
    if start >= end:
        return
    columns = slice(int(np.searchsorted(edges, start, "right")) - 1, int(np.searchsorted(edges, end)))
    inside = np.clip(edges[columns.start : columns.stop + 1], start, end)
    path = Path(clip.path)
    peaks = peaks_of(path)
    lowest, highest = _extremes(path, peaks, (inside - clip.start + clip.skipped) * (peaks.frames / clip.played))
    gain, (quietest, loudest) = amplitude(clip.gain_db), _fades(clip, inside)
    lowest = gain * lowest * np.where(lowest < 0.0, loudest, quietest)
    highest = gain * highest * np.where(highest > 0.0, loudest, quietest)
    found[0, columns] = np.minimum(found[0, columns], lowest)
    found[1, columns] = np.maximum(found[1, columns], highest)
    covered[columns] += np.diff(inside)


def _extremes(path: Path, peaks: Peaks, edges: NDArray[np.floating[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The smallest and the largest sample between each two edges, which are frames of the file, full scale being 1."""
    width = (edges[-1] - edges[0]) / (len(edges) - 1) / BLOCKS_PER_COLUMN
    if width < BLOCK:
        first, last = int(edges[0]), min(peaks.frames, int(np.ceil(edges[-1])))
        extremes = as_extremes(soundfile.read(path, last - first, first, dtype="float32", always_2d=True)[0])
        places = edges - first
    else:
        level = min(int(np.log(width / BLOCK) / np.log(COARSER)), len(peaks.levels) - 1)
        extremes = peaks.levels[level]
        places = edges / (BLOCK * COARSER**level)
    starts = np.minimum(places[:-1].astype(np.int64), len(extremes) - 1)
    ends = np.clip(np.ceil(places[1:]).astype(np.int64), starts + 1, len(extremes))
    pairs = np.stack([starts, ends], axis=1).ravel() - starts[0]
    # An index may not lie behind the end, so there is one more row, which no column looks at.
    rows = np.concatenate([extremes[starts[0] : ends[-1]], extremes[:1]])
    lowest = np.minimum.reduceat(rows[:, 0], pairs)[::2]
    highest = np.maximum.reduceat(rows[:, 1], pairs)[::2]
    return lowest / SCALE, highest / SCALE


def _fades(clip: OutlinedClip, inside: Frames) -> Columns:
    """The smallest and the largest gain that the clip's fades have in each column."""
    frames = np.stack([inside[:-1], inside[1:] - 1])
    gains = np.ones(frames.shape)
    for fade, from_edge in (
        (clip.fade_in, frames - clip.start),
        (clip.fade_out, clip.start + clip.length - 1 - frames[::-1]),
    ):
        if fade.length:
            gains *= faded(fade, from_edge)
    return gains
