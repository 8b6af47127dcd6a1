"""The outline of a sound file at several resolutions, made once and kept, so that any stretch is drawn in a moment."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from sidecar.durable import half_written
from sidecar.errors import InvalidAudio, NotFound
from sidecar.operating_system import replace

BLOCK = 256
"""Frames of which the finest resolution keeps the smallest and the largest sample."""
COARSER = 4
"""So many blocks of one resolution are one of the next."""
READ_BLOCKS = 4_096
IN_MEMORY = 8
"""Outlines; that of ten hours at 24 kHz has 18 MB."""
SCALE = 32_767
HEADER = 4
"""Numbers of 16 bits in which a kept outline says how many frames the file has."""

Extremes = NDArray[np.int16]
"""The smallest and the largest sample of every block, of any channel, (blocks, 2), full scale being 32,767."""


@dataclass(frozen=True)
class Peaks:
    """Level n has blocks of `BLOCK * COARSER**n` frames; the last level is a single block."""

    frames: int
    levels: list[Extremes]


PeaksOf = Callable[[Path], Peaks]
OnBlock = Callable[[], None]
"""Called again and again while a file is read; what it raises ends the reading."""


def _unwatched() -> None:
    """For callers that wait to the end."""


def kept_peaks(cache: Path, on_block: OnBlock = _unwatched) -> PeaksOf:
    """`peaks_of` with a cache's folder; the last few outlines stay in memory, for clips of the same file."""
    return lru_cache(IN_MEMORY)(partial(peaks_of, cache=cache, on_block=on_block))


def peaks_of(path: Path, cache: Path, on_block: OnBlock = _unwatched) -> Peaks:
    """The outline of a sound file, read from the cache's folder or made and put there.

    Raises:
        NotFound: there is no such file.
        InvalidAudio: it cannot be read.

    """
    kept = cache / _name(path)
    known = _known(kept)
    if known is not None:
        return known
    made = _made(path, on_block)
    temporary = half_written(kept)
    with temporary.open("wb") as file:
        np.array([made.frames], np.int64).tofile(file)
        for level in made.levels:
            level.tofile(file)
    replace(temporary, kept)
    return made


def _name(path: Path) -> str:
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {str(path)!r}.", resource="file", id=str(path)) from error
    return hashlib.sha256(f"{path}|{status.st_size}|{status.st_mtime_ns}".encode()).hexdigest() + ".peaks"


def _known(kept: Path) -> Peaks | None:
    """What was kept, unless there is nothing, or, after a power cut, less than there was."""
    try:
        data = np.fromfile(kept, np.int16)
        os.utime(kept)
    except FileNotFoundError:
        return None
    frames = int(data[:HEADER].view(np.int64)[0]) if data.size > HEADER else 0
    counts = _counts(frames)
    if not frames or data.size != HEADER + 2 * sum(counts):
        return None
    return Peaks(frames, np.split(data[HEADER:].reshape(-1, 2), np.cumsum(counts)[:-1]))


def _counts(frames: int) -> list[int]:
    """How many blocks each level has."""
    counts = [-(-frames // BLOCK)]
    while counts[-1] > 1:
        counts.append(-(-counts[-1] // COARSER))
    return counts


def _made(path: Path, on_block: OnBlock) -> Peaks:
    try:
        frames, finest = _finest(path, on_block)
    except soundfile.LibsndfileError as error:
        raise InvalidAudio(f"{path.name!r} cannot be read: {error}.", reason="corrupt") from error
    if not frames:
        raise InvalidAudio(f"{path.name!r} holds no sound.", reason="corrupt")
    levels = [finest]
    while len(levels[-1]) > 1:
        levels.append(_coarser(levels[-1]))
    return Peaks(frames, levels)


def _finest(path: Path, on_block: OnBlock) -> tuple[int, Extremes]:
    frames, parts = 0, []
    with soundfile.SoundFile(path) as file:
        for block in file.blocks(BLOCK * READ_BLOCKS, dtype="float32", always_2d=True):
            on_block()
            whole = len(block) - len(block) % BLOCK
            frames += len(block)
            parts.append(as_extremes(block[:whole].reshape(-1, BLOCK * file.channels)))
            if whole < len(block):
                parts.append(as_extremes(block[whole:].reshape(1, -1)))
    return frames, np.concatenate([np.zeros((0, 2), np.int16), *parts])


def as_extremes(rows: NDArray[Any]) -> Extremes:
    """The smallest and the largest sample, between -1 and 1, of every row."""
    both = np.stack([rows.min(axis=1), rows.max(axis=1)], axis=1)
    rounded: Extremes = np.rint(np.clip(both, -1.0, 1.0) * SCALE).astype(np.int16)
    return rounded


def _coarser(extremes: Extremes) -> Extremes:
    starts = np.arange(0, len(extremes), COARSER)
    return np.stack([np.minimum.reduceat(extremes[:, 0], starts), np.maximum.reduceat(extremes[:, 1], starts)], axis=1)
