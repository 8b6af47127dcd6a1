"""Higher or lower at the same speed: with the formants moved along by Rubber Band, or kept in place by Praat's PSOLA.

Both look at a recording from its two ends, so a long one is shifted in segments of at most ten seconds, cut where it is
quietest: memory does not grow with the length, a cancel is soon heard, and a seam falls into a pause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import parselmouth
import pedalboard
from parselmouth.praat import call as praat

from sidecar.audio.samples import Samples

SEGMENT_S = 10.0
SEARCHED_S = 5.0
"""The last seconds of a segment, in which the quietest place is sought."""
QUIET_S = 0.02
CONTEXT_S = 0.25
"""What is heard on both sides of a segment beyond it; more than the windows of both methods."""
SEAM_S = 0.01
VOICE_HZ = (60.0, 600.0)
"""Where Praat looks for the pitch of a voice: a low man's to a child's."""
PITCH_STEP_S = 0.01
SHORTEST_S = 0.1
"""Praat needs three periods of the lowest pitch; what is shorter is padded meanwhile."""

Change = Callable[[Samples], Samples]


def shifted(pieces: Iterable[Samples], sample_rate: int, semitones: float) -> Iterator[Samples]:
    """The same number of samples, `semitones` higher; formants move along, so a lower voice has a larger body."""
    plugin = pedalboard.PitchShift(semitones=semitones)
    return _in_segments(pieces, sample_rate, lambda segment: plugin.process(segment, sample_rate))


def shifted_with_formants_kept(pieces: Iterable[Samples], sample_rate: int, semitones: float) -> Iterator[Samples]:
    """The same number of samples, the voice's pitch `semitones` higher and its formants where they were.

    Pitch-synchronous overlap-add (Moulines and Charpentier, 1990) as Praat does it; what has no pitch stays as it is.
    """
    factor = 2.0 ** (semitones / 12.0)
    return _in_segments(pieces, sample_rate, lambda segment: _psola(segment, sample_rate, factor))


def _psola(samples: Samples, sample_rate: int, factor: float) -> Samples:
    padded = np.pad(samples.astype(np.float64), (0, max(0, round(SHORTEST_S * sample_rate) - samples.size)))
    sound = parselmouth.Sound(padded, sample_rate)
    manipulation = praat(sound, "To Manipulation", PITCH_STEP_S, *VOICE_HZ)
    pitch = praat(manipulation, "Extract pitch tier")
    praat(pitch, "Multiply frequencies", sound.xmin, sound.xmax, factor)
    praat([pitch, manipulation], "Replace pitch tier")
    changed: Samples = praat(manipulation, "Get resynthesis (overlap-add)").values[0, : samples.size].astype(np.float32)
    return changed


def _in_segments(pieces: Iterable[Samples], sample_rate: int, change: Change) -> Iterator[Samples]:
    """Change a recording a segment at a time; a segment flows into the next one within `SEAM_S`."""
    size, context, seam = (round(seconds * sample_rate) for seconds in (SEGMENT_S, CONTEXT_S, SEAM_S))
    rise = np.linspace(0.0, 1.0, seam, endpoint=False, dtype=np.float32)
    held, lead, before = np.empty(0, np.float32), 0, np.empty(0, np.float32)
    for piece in pieces:
        held = np.concatenate([held, piece])
        while held.size >= lead + size + context:
            cut = lead + _quietest(held[lead : lead + size], sample_rate)
            changed = change(held[: cut + context])
            yield _blended(before, changed[lead:cut], rise)
            before, held, lead = changed[cut : cut + seam], held[cut - context :], context
    if held.size > lead:
        yield _blended(before, change(held)[lead:], rise)


def _quietest(segment: Samples, sample_rate: int) -> int:
    """The middle of the quietest frame near the end of a segment."""
    frame = round(QUIET_S * sample_rate)
    start = segment.size - round(SEARCHED_S * sample_rate)
    frames = segment[start : start + (segment.size - start) // frame * frame].reshape(-1, frame)
    return start + int(np.argmin(np.square(frames).sum(axis=1))) * frame + frame // 2


def _blended(before: Samples, after: Samples, rise: Samples) -> Samples:
    size = min(before.size, after.size)
    blended = after.copy()
    blended[:size] = before[:size] * (1.0 - rise[:size]) + after[:size] * rise[:size]
    return blended
