"""A chunk of speech made ready to be joined with others: cut to its voice, without edges, at the level of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sidecar.audio.levelling import reach
from sidecar.audio.limiter import limited
from sidecar.audio.loudness import SHORTEST_S, loudness
from sidecar.audio.samples import Samples, amplitude
from sidecar.audio.trim import voice_bounds
from sidecar.audio.voice_activity import Model

PART_LUFS = -20.0
"""About what engines give (Kokoro -19 to -24), and with room for the peaks of speech, some 16 dB above."""
LARGEST_BOOST_DB = 24.0
"""More would make the noise of a failed chunk as loud as speech."""
MARGIN_S = 0.05
"""Silence that is kept before and after the voice: a word that starts out of nothing sounds cut."""
FADE_S = 0.02
SHORTEST_FADE_S = 0.005
"""Where the voice begins at once: long enough that a cut does not click, too short to soften a consonant."""


@dataclass(frozen=True)
class Part:
    """A chunk that is ready to be joined; `lead` and `tail` count the samples before and after its voice."""

    samples: Samples
    lead: int
    tail: int


NOTHING = Part(np.zeros(0, np.float32), 0, 0)
"""The part of a chunk that is nothing but its pause."""


def prepared(samples: Samples, sample_rate: int, crossfade_s: float, model: Model) -> Part:
    """A chunk of at least one sample cut to its voice and a margin, faded at both edges, at -20 LUFS and below -1 dBTP.

    The margin is 50 ms, or the crossfade if that is longer, where the chunk has so much. A chunk in which nobody is
    heard to speak stays whole: what cannot be told apart is not cut.
    """
    first, last = voice_bounds(samples, sample_rate, model) or (0, samples.size)
    margin = round(max(MARGIN_S, crossfade_s) * sample_rate)
    start, end = max(0, first - margin), min(samples.size, last + margin)
    part = samples[start:end].copy()
    _fade_in(part, first - start, sample_rate, crossfade_s)
    _fade_in(part[::-1], end - last, sample_rate, crossfade_s)
    return Part(_levelled(part, sample_rate), first - start, end - last)


def _levelled(part: Samples, sample_rate: int) -> Samples:
    levelled = part

    def play(gain_db: float) -> float | None:
        nonlocal levelled
        levelled = np.concatenate(list(limited([part * np.float32(amplitude(gain_db))], sample_rate)))
        return loudness(_long_enough(levelled, sample_rate), sample_rate)

    reach(PART_LUFS, play, most_db=LARGEST_BOOST_DB)
    return levelled


def _long_enough(part: Samples, sample_rate: int) -> Samples:
    """What is too short for a loudness is measured as if it were said again and again."""
    return part if part.size >= SHORTEST_S * sample_rate else np.resize(part, round(2 * SHORTEST_S * sample_rate))


def _fade_in(part: Samples, margin: int, sample_rate: int, crossfade_s: float) -> None:
    """Quarter of a sine: two that cross keep the power of the background as it is."""
    longest = round(max(FADE_S, crossfade_s) * sample_rate)
    size = min(max(margin, round(SHORTEST_FADE_S * sample_rate)), longest, part.size // 2)
    part[:size] *= np.sin(np.linspace(0.0, np.pi / 2, size, endpoint=False, dtype=np.float32))
