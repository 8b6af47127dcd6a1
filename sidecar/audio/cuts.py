"""Where a recording may be cut without hurting a word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from sidecar.audio.samples import Samples, Span
from sidecar.audio.voice_activity import MIN_SILENCE_S, speech_spans

QUIET_FRAME_S = 0.03
"""Without a pause the cut goes through the quietest 30 ms: about the closure of a stop consonant."""

LEAD_S = 1.0
"""The detector that wakes in the middle of a word takes about 0.3 s to know it for one."""


@dataclass(frozen=True)
class Window:
    """A stretch of a longer recording; `start_s` is its place there."""

    start_s: float
    samples: Samples


def quiet_point(samples: Samples, sample_rate: int, earliest_s: float, latest_s: float) -> float:
    """The best time to cut between two times: the middle of the longest pause, else the quietest moment."""
    lead_s = max(0.0, earliest_s - LEAD_S)
    first, last = round(lead_s * sample_rate), round(latest_s * sample_rate)
    spans = [(lead_s + start, lead_s + end) for start, end in speech_spans(samples[first:last], sample_rate)]
    pauses = _pauses(spans, earliest_s, min(latest_s, samples.size / sample_rate))
    if pauses:
        start, end = max(pauses, key=lambda pause: pause[1] - pause[0])
        return (start + end) / 2
    return earliest_s + _quietest(samples[round(earliest_s * sample_rate) : last], sample_rate)


def windows(blocks: Iterable[Samples], sample_rate: int, longest_s: float, search_s: float) -> Iterator[Window]:
    """A recording of any length in windows of at most `longest_s`, cut at a quiet point of their last `search_s`.

    The windows joined are the recording. Memory is that of one window and one block.
    """
    longest = round(longest_s * sample_rate)
    waiting = np.empty(0, np.float32)
    taken = 0
    for block in blocks:
        waiting = np.concatenate([waiting, block])
        while waiting.size > longest:
            cut = round(quiet_point(waiting, sample_rate, longest_s - search_s, longest_s) * sample_rate)
            yield Window(taken / sample_rate, waiting[:cut])
            taken, waiting = taken + cut, waiting[cut:]
    if waiting.size:
        yield Window(taken / sample_rate, waiting)


def _pauses(spans: list[Span], earliest_s: float, latest_s: float) -> list[Span]:
    starts = [earliest_s, *(max(end, earliest_s) for _, end in spans)]
    ends = [*(start for start, _ in spans), latest_s]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if end - start >= MIN_SILENCE_S]


def _quietest(samples: Samples, sample_rate: int) -> float:
    size = max(1, round(QUIET_FRAME_S * sample_rate))
    count = samples.size // size
    if count == 0:
        return samples.size / sample_rate / 2
    energies = np.square(samples[: count * size].reshape(count, size)).sum(axis=1)
    return float((int(np.argmin(energies)) + 0.5) * size / sample_rate)
