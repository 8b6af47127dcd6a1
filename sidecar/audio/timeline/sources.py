"""The files that clips play, read anywhere at the project's rate; what is read does not depend on who reads it.

A file of another rate is resampled in pieces that begin at fixed places of it, each where a frame of one rate falls
together with one of the other, and with enough of what is around them: so a frame is the same however a clip is cut.
"""

from __future__ import annotations

import math
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import soundfile
import soxr

from sidecar.audio.samples import Samples
from sidecar.errors import InvalidAudio, NotFound

PIECE_S = 5.0
MARGIN_S = 0.1
"""Resampled on both sides of a piece and thrown away; more than the resampler's filter sees at 8 kHz."""
OPEN_FILES = 32
PIECES = 16
"""Resampled pieces that are kept, 1.9 MB each of 48 kHz stereo, for the next block and for clips that overlap."""


class Sources:
    """The files of a timeline at `rate` Hz, as many as there may be: a few are open at a time."""

    def __init__(self, rate: int) -> None:
        self._files = lru_cache(OPEN_FILES)(partial(_File, rate=rate))
        self._pieces = lru_cache(PIECES)(self._piece)

    def require(self, path: str, file_frames: int) -> None:
        """Raise unless a file can be opened and holds so many frames, at its own rate.

        Raises:
            NotFound: there is no such file.
            InvalidAudio: it is damaged, or shorter than that.

        """
        self._files(path).require(file_frames)

    def read(self, path: str, first: int, count: int) -> Samples:
        """Frames of a file from `first` on, (count, channels), silence where there are none. Raises as `require`."""
        file = self._files(path)
        if file.is_at_rate:
            return file.read(first, count)
        parts, last = [], first + count
        while first < last:
            piece, offset = divmod(first, file.piece_frames)
            parts.append(self._pieces(path, piece)[offset : offset + last - first])
            first += len(parts[-1])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _piece(self, path: str, piece: int) -> Samples:
        return self._files(path).resampled(piece)


class _File:
    """One open file. `step` frames of it last as long as `per_step` at the rate that is wanted."""

    def __init__(self, path: str, rate: int) -> None:
        self._path = Path(path)
        try:
            self._file = soundfile.SoundFile(path)
        except soundfile.LibsndfileError as error:
            if not self._path.exists():
                raise NotFound(f"There is no file {path!r}.", resource="file", id=path) from error
            raise self._damaged(error.error_string.rstrip(".")) from error
        self._rate = rate
        common = math.gcd(rate, self._file.samplerate)
        self._step, self._per_step = int(self._file.samplerate) // common, rate // common
        self._steps: int = max(1, round(PIECE_S * self._file.samplerate / self._step))
        self._margin = math.ceil(MARGIN_S * self._file.samplerate / self._step)

    @property
    def is_at_rate(self) -> bool:
        """Whether nothing is to be resampled."""
        return self._step == self._per_step

    @property
    def piece_frames(self) -> int:
        """How many frames a piece has at the rate that is wanted."""
        return self._steps * self._per_step

    def require(self, frames: int) -> None:
        """Raise unless it holds so many frames of its own rate."""
        if self._file.frames < frames:
            raise self._damaged(f"it holds {self._file.frames} of {frames} frames")

    def read(self, first: int, count: int) -> Samples:
        """Frames at its own rate, (count, channels), silence before its first one and after its last."""
        heard = np.zeros((count, self._file.channels), np.float32)
        start, end = max(0, first), min(first + count, self._file.frames)
        if start < end:
            try:
                self._file.seek(start)
                given = self._file.read(out=heard[start - first : end - first])
            except soundfile.LibsndfileError as error:
                raise self._damaged(error.error_string.rstrip(".")) from error
            if len(given) < end - start:
                raise self._damaged(f"it ends at frame {start + len(given)} of {self._file.frames}")
        return heard

    def resampled(self, piece: int) -> Samples:
        """One piece of it at the rate that is wanted, (piece_frames, channels)."""
        first, beyond = piece * self._steps - self._margin, self._steps + 2 * self._margin
        given = self.read(first * self._step, beyond * self._step)
        heard: Samples = soxr.resample(given, self._file.samplerate, self._rate, quality="HQ")
        cut = self._margin * self._per_step
        return np.ascontiguousarray(heard[cut : cut + self.piece_frames])

    def _damaged(self, why: str) -> InvalidAudio:
        return InvalidAudio(f"{self._path.name!r} is damaged: {why}.", reason="corrupt")
