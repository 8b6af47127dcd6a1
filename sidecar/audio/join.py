"""Chunks of speech one after the other, with pauses that are exact to the sample.

A part is a function of its chunk alone, and a joint of the two parts that meet there. So a take that is streamed while
it is made is, sample for sample, the one that is joined when all of it is there, and memory is that of one chunk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from sidecar.audio.part import NOTHING, Part
from sidecar.audio.samples import Samples


class Joiner:
    """Joins parts as they come.

    Between two parts lies the first one's pause less their overlap, which is the crossfade or the shorter of the two
    margins that meet, whichever is less; where that is below nothing, the margins overlap, the voices never.
    All lengths are in samples; every pause and the crossfade are rounded once.
    """

    def __init__(self, sample_rate: int, crossfade_s: float = 0.0) -> None:
        self._sample_rate = sample_rate
        self._crossfade = round(crossfade_s * sample_rate)
        self._held = NOTHING.samples
        self._pause = 0
        self._given = 0
        self.places: list[tuple[int, int]] = []
        """Where each part starts in the take, and how long it is."""
        self.paused = 0
        """The sum of all pauses."""
        self.overlapped = 0
        """By how much the parts moved together."""

    def add(self, part: Part, pause_s: float) -> Samples:
        """What is certain now: all but the end of this part that the next one may overlap, and the pause after it."""
        overlap = min(self._crossfade, self._held.size, part.lead)
        start = self._held.size + self._pause - overlap
        joined = np.zeros(start + part.samples.size, np.float32)
        joined[: self._held.size] = self._held
        joined[start:] += part.samples
        self.places.append((self._given + start, part.samples.size))
        self.overlapped += overlap
        self._pause = round(pause_s * self._sample_rate)
        self.paused += self._pause
        certain = joined.size - min(self._crossfade, part.tail)
        self._held = joined[certain:]
        self._given += certain
        return joined[:certain]

    def finish(self) -> Samples:
        """The end of the last part, and its pause."""
        return np.concatenate([self._held, np.zeros(self._pause, np.float32)])


def join(parts: Iterable[Part], pauses_s: Sequence[float], joiner: Joiner) -> Iterator[Samples]:
    """The whole take, a part at a time; `pauses_s[i]` follows part i, and where there is none, nothing does."""
    for index, part in enumerate(parts):
        yield joiner.add(part, pauses_s[index] if index < len(pauses_s) else 0.0)
    yield joiner.finish()
