"""Long recordings through what can only change a whole one: a segment at a time, cut where it is quietest.

Memory does not grow with the length, a cancel is soon heard, and a seam falls into a pause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from sidecar.audio.samples import Samples

SEGMENT_S = 10.0
SEARCHED_S = 5.0
"""The last seconds of a segment, in which the quietest place is sought."""
QUIET_S = 0.02
CONTEXT_S = 0.25
"""What is heard on both sides of a segment beyond it; more than the windows of the methods that are used here."""
SEAM_S = 0.01

Change = Callable[[Samples], Samples]


def in_segments(pieces: Iterable[Samples], sample_rate: int, change: Change, speed: float = 1.0) -> Iterator[Samples]:
    """Change a mono recording a segment at a time; a segment flows into the next one within `SEAM_S`.

    What comes out of `change` is `1 / speed` as long as what goes in. Of all of it comes as much, to within one sample:
    where a segment ends is worked out from the beginning, so that roundings do not add up.
    """
    size, context, seam = (round(seconds * sample_rate) for seconds in (SEGMENT_S, CONTEXT_S, SEAM_S))
    rise = np.linspace(0.0, 1.0, seam, endpoint=False, dtype=np.float32)
    held, lead, before = np.empty(0, np.float32), 0, np.empty(0, np.float32)
    taken = given = 0
    for piece in pieces:
        held = np.concatenate([held, piece])
        while held.size >= lead + size + context:
            cut = lead + _quietest(held[lead : lead + size], sample_rate)
            taken += cut - lead
            changed = change(held[: cut + context])[round(lead / speed) :]
            count = round(taken / speed) - given
            yield _blended(before, changed[:count], rise)
            given += count
            before, held, lead = changed[count : count + seam], held[cut - context :], context
    if held.size > lead:
        yield _blended(before, change(held)[round(lead / speed) :], rise)


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
