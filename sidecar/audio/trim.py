"""Where the voice in a chunk of speech begins and ends: what an engine puts before and after it is never the same."""

from __future__ import annotations

import numpy as np

from sidecar.audio.levels import FRAME_S, frame_levels, speech_level
from sidecar.audio.samples import Samples, amplitude
from sidecar.audio.voice_activity import Model, speech_spans

GATE_DB = 50.0
"""The weakest consonants lie 30 dB below the vowels; a word said under the breath 20 dB below the others."""
ABOVE_NOISE_DB = 6.0
"""What is so far above the quietest frame is no background: the frames of a steady noise differ by 3 dB."""
EDGE_S = 2.0
"""Of a long chunk only so much at both ends is heard: what lies between is not cut, and hearing is what costs."""


def voice_bounds(samples: Samples, sample_rate: int, model: Model) -> tuple[int, int] | None:
    """The first sample of the voice and the one after its last; None if nobody is heard to speak.

    The voice activity detector wakes late to a soft onset ("half" by 0.1 s) and may miss the breath of a last
    consonant, so that whatever stands out from the background before and after what it finds belongs to the voice too.
    """
    heard = _heard(samples, sample_rate, model)
    if heard is None:
        return None
    first, last = heard
    size = round(FRAME_S * sample_rate)
    levels = frame_levels(samples, sample_rate)
    gate = max(speech_level(levels) * amplitude(-GATE_DB), float(levels.min()) * amplitude(ABOVE_NOISE_DB))
    sounding = np.flatnonzero(levels > gate)
    if sounding.size:
        first, last = min(first, int(sounding[0]) * size), max(last, (int(sounding[-1]) + 1) * size)
    return first, last


def _heard(samples: Samples, sample_rate: int, model: Model) -> tuple[int, int] | None:
    """The bounds of what the detector takes for speech, in samples."""
    edge = round(EDGE_S * sample_rate)
    if samples.size > 2 * edge:
        opening, closing = samples[:edge], samples[-edge:]
        first, last = _heard(opening, sample_rate, model), _heard(closing, sample_rate, model)
        if first and last:
            return first[0], samples.size - edge + last[1]
    spans = speech_spans(samples, sample_rate, model)
    return (round(spans[0][0] * sample_rate), round(spans[-1][1] * sample_rate)) if spans else None
