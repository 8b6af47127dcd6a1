"""Higher or lower at the same speed: with the formants moved along by Rubber Band, or kept where they are by Praat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import parselmouth
import pedalboard
from parselmouth.praat import call as praat

from sidecar.audio.samples import Samples
from sidecar.audio.segments import in_segments

VOICE_HZ = (60.0, 600.0)
"""Where Praat looks for the pitch of a voice: a low man's to a child's."""
PITCH_STEP_S = 0.01
SHORTEST_S = 0.1
"""Praat needs three periods of the lowest pitch; what is shorter is padded meanwhile."""


def shifted(pieces: Iterable[Samples], sample_rate: int, semitones: float) -> Iterator[Samples]:
    """The same number of samples, `semitones` higher; formants move along, so a lower voice has a larger body."""
    plugin = pedalboard.PitchShift(semitones=semitones)
    return in_segments(pieces, sample_rate, lambda segment: plugin.process(segment, sample_rate))


def shifted_with_formants_kept(pieces: Iterable[Samples], sample_rate: int, semitones: float) -> Iterator[Samples]:
    """The same number of samples, the voice's pitch `semitones` higher and its formants where they were.

    Pitch-synchronous overlap-add (Moulines and Charpentier, 1990) as Praat does it; what has no pitch stays as it is.
    """
    factor = 2.0 ** (semitones / 12.0)
    return in_segments(pieces, sample_rate, lambda segment: _psola(segment, sample_rate, factor))


def _psola(samples: Samples, sample_rate: int, factor: float) -> Samples:
    padded = np.pad(samples.astype(np.float64), (0, max(0, round(SHORTEST_S * sample_rate) - samples.size)))
    sound = parselmouth.Sound(padded, sample_rate)
    manipulation = praat(sound, "To Manipulation", PITCH_STEP_S, *VOICE_HZ)
    pitch = praat(manipulation, "Extract pitch tier")
    praat(pitch, "Multiply frequencies", sound.xmin, sound.xmax, factor)
    praat([pitch, manipulation], "Replace pitch tier")
    changed: Samples = praat(manipulation, "Get resynthesis (overlap-add)").values[0, : samples.size].astype(np.float32)
    return changed
