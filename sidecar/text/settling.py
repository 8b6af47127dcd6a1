"""Word times moved to where the recording sounds: a recogniser's run ahead of the speech, and over into the pauses."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from sidecar.text.words import TimedWord

WINDOW_S = 30.0
"""Whisper hears 30 s at a time, and how far its times run ahead is much the same in all of them."""
STEP_S = 0.01
LARGEST_LEAD_S = 0.6
"""On speech of three voices, assembled from single words, Whisper base was early by 0.2 to 0.45 s, by nearly the same
all through a take; Whisper tiny.en by -0.1 to 0.1 s."""
LARGEST_LAG_S = 0.1
FAR_S = 0.3
"""An end of sound that no word ends so near to counts for no more than this."""
PULL = 0.2
"""What a second of shift must gain at the ends of sound: words at even paces would fit their neighbours' places too.
Chosen, with `FAR_S`, on the same speech: the median error is 0.05 s, and 0.2 s in the worst take."""
SPILL_S = 0.1
"""By so much a word may reach into the neighbouring stretch of sound without being in it."""

Span = tuple[float, float]
"""Start and end in seconds."""


def settled(words: Sequence[TimedWord], spans: Sequence[Span]) -> list[TimedWord]:
    """The words at the times at which the recording sounds, in order and without overlap.

    `spans` are the stretches of sound between pauses, in order. The first word of a stretch begins with it, the last
    one ends with it. A word that lies in none keeps its time.
    """
    return _fitted(list(_without_lead(words, spans)), spans)


def _without_lead(words: Sequence[TimedWord], spans: Sequence[Span]) -> Iterator[TimedWord]:
    """The words later by what they are early, window by window, but not past the last sound."""
    ends = [end for _, end in spans]
    for number, window in groupby(words, lambda word: int(word.start_s / WINDOW_S)):
        heard = list(window)
        first = bisect_right(ends, number * WINDOW_S)
        lead = _lead([word.end_s for word in heard], ends[first : bisect_right(ends, heard[-1].end_s + LARGEST_LEAD_S)])
        for word in heard:
            latest = max([word.end_s, *ends[-1:]])
            yield replace(word, start_s=min(word.start_s + lead, latest), end_s=min(word.end_s + lead, latest))


def _lead(word_ends: Sequence[float], sound_ends: Sequence[float]) -> float:
    """How early the words end, in seconds: the shift after which the most ends of sound are ends of words.

    Ends, because before the start of a word the recogniser counts the pause to it.
    """
    shifts = [step * STEP_S for step in range(round(-LARGEST_LAG_S / STEP_S), round(LARGEST_LEAD_S / STEP_S) + 1)]

    def misfit(shift: float) -> float:
        distances = [min(_nearest(word_ends, end - shift), FAR_S) for end in sound_ends]
        return sum(distances) / max(1, len(distances)) + PULL * abs(shift)

    return min(shifts, key=misfit)


def _nearest(times: Sequence[float], wanted: float) -> float:
    """The distance to the nearest of some times in order."""
    index = bisect_right(times, wanted)
    return min(abs(time - wanted) for time in times[max(0, index - 1) : index + 1])


def _fitted(words: Sequence[TimedWord], spans: Sequence[Span]) -> list[TimedWord]:
    """Starts and ends moved to those of the stretches of sound."""
    places = [_stretches(word, spans) for word in words]
    result: list[TimedWord] = []
    before = 0.0
    for word, place, previous, following in zip(words, places, [None, *places], [*places[1:], None], strict=False):
        start, end = word.start_s, word.end_s
        if place is not None:
            first, last = place
            opens, closes = previous is None or previous[1] < first, following is None or following[0] > last
            start = spans[first][0] if opens else max(start, spans[first][0])
            end = spans[last][1] if closes else min(end, spans[last][1])
        start = max(start, before)
        before = max(start, end)
        result.append(replace(word, start_s=start, end_s=before))
    return result


def _stretches(word: TimedWord, spans: Sequence[Span]) -> tuple[int, int] | None:
    """The first and the last stretch that a word lies in by more than `SPILL_S`, else the one it lies in most."""
    overlaps: dict[int, float] = {}
    index = bisect_right(spans, word.start_s, key=lambda span: span[1])
    while index < len(spans) and spans[index][0] < word.end_s:
        overlaps[index] = min(word.end_s, spans[index][1]) - max(word.start_s, spans[index][0])
        index += 1
    if not overlaps:
        return None
    inside = [index for index, overlap in overlaps.items() if overlap > SPILL_S]
    most = max(overlaps, key=lambda index: overlaps[index])
    return (inside[0], inside[-1]) if inside else (most, most)
