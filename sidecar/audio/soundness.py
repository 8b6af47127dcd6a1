"""Whether a take can be what it should be, judged without hearing its words: numbers, clicks, silence, length, end.

Costs a hundredth of what making the take does, so that every chunk can be judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sidecar.audio.clicks import largest_click
from sidecar.audio.levels import FRAME_S, frame_levels, speech_level
from sidecar.audio.samples import Samples, Span, amplitude, decibels, rms

SILENT_DB = -55.0
"""Speech below this is none: takes come at -30 dBFS and above, their noise at -90."""
GATE_DB = 40.0
"""Frames so far below the level of speech are a pause: the weakest consonants lie 30 dB below the vowels."""
MIN_PAUSE_S = 0.1
"""A shorter gap is the closure of a stop consonant."""
LONGEST_PAUSE_S = 1.5
"""Between words; the stock voices of Kokoro pause for 0.4 to 1.0 s between the sentences of a chunk."""
LONGEST_EDGE_S = 1.0
"""Before the first word and after the last; 0.2 to 0.8 s in the same voices."""
LARGEST_CLICK = 2.0
"""In 120 takes of Kokoro the most isolated moment reached 1.82; of 360 clicks of half the peak or more, 99 % pass."""
ALLOWED_S = 0.5
"""Beside the time of the syllables: the last word of a sentence is drawn out, and a single word is said slowly."""
SLACK_S = 0.15
"""Of the shortest time: "Ssh!" is one breath, whatever its letters say."""
END_S = 0.01
CUT_DB = 20.0
"""A take whose last 10 ms are no further below the level of speech was cut; one that ends has faded by 60 dB."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a take: the check, what was measured, what is allowed, and both in words."""

    check: str
    measured: float
    limit: float
    message: str


@dataclass(frozen=True)
class Soundness:
    """What was found. `rate` is in syllables a second without the pauses; None if nothing is said."""

    rate: float | None
    reasons: list[Finding]

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.reasons


def judge(
    samples: Samples, sample_rate: int, syllables: float, slowest: float, fastest: float, speed: float = 1.0
) -> Soundness:
    """Judge a take of a text of about so many syllables, of which `slowest` to `fastest` fit into a second of speech.

    `speed` is the one that was asked for.

    Samples are mono and as the engine made them: noise is far below the speech, and no pause is meant to be longer
    than that of a paragraph.
    """
    if broken := int(np.count_nonzero(~np.isfinite(samples))):
        return Soundness(None, [Finding("numbers", broken, 0, f"{broken} samples are not numbers; none may be.")])
    frames = frame_levels(samples, sample_rate)
    level = speech_level(frames)
    if decibels(level) < SILENT_DB:
        return Soundness(None, [_silent(decibels(level))])
    spans = _spans(frames, level)
    speech_s = sum(end - start for start, end in spans)
    findings = (
        _click(*largest_click(samples, sample_rate)),
        _pause(spans),
        _edge(max(spans[0][0], samples.size / sample_rate - spans[-1][1]), LONGEST_EDGE_S / min(1.0, speed)),
        _too_long(speech_s, syllables / slowest + ALLOWED_S / speed),
        _too_short(speech_s, syllables / fastest - SLACK_S),
        _cut(decibels(level) - decibels(rms(samples[-round(END_S * sample_rate) :]))),
    )
    return Soundness(syllables / speech_s, [finding for finding in findings if finding])


def sounding_spans(samples: Samples, sample_rate: int) -> list[Span]:
    """Where a take without background noise sounds, in seconds, to 10 ms; gaps under 0.1 s do not count.

    Silence has none.
    """
    frames = frame_levels(samples, sample_rate)
    level = speech_level(frames)
    return [] if decibels(level) < SILENT_DB else _spans(frames, level)


def _spans(frames: NDArray[np.float64], level: float) -> list[Span]:
    sounding = np.flatnonzero(frames > level / amplitude(GATE_DB))
    pauses = np.flatnonzero(np.diff(sounding) > MIN_PAUSE_S / FRAME_S)
    starts, ends = sounding[np.r_[0, pauses + 1]], sounding[np.r_[pauses, sounding.size - 1]] + 1
    return [(float(start) * FRAME_S, float(end) * FRAME_S) for start, end in zip(starts, ends, strict=True)]


def _silent(level_db: float) -> Finding:
    message = f"The speech is at {level_db:.0f} dBFS; under {SILENT_DB:.0f} dBFS it is silence."
    return Finding("silence", level_db, SILENT_DB, message)


def _click(ratio: float, at_s: float) -> Finding | None:
    if ratio <= LARGEST_CLICK:
        return None
    message = f"There is a click at {at_s:.2f} s, {ratio:.1f} times what is near it; speech reaches {LARGEST_CLICK:g}."
    return Finding("click", ratio, LARGEST_CLICK, message)


def _pause(spans: list[Span]) -> Finding | None:
    longest_s, at_s = max(((start - end, end) for (_, end), (start, _) in pairwise(spans)), default=(0.0, 0.0))
    if longest_s <= LONGEST_PAUSE_S:
        return None
    message = f"At {at_s:.1f} s there is a silence of {longest_s:.1f} s; {LONGEST_PAUSE_S:g} s is the longest pause."
    return Finding("pause", longest_s, LONGEST_PAUSE_S, message)


def _edge(longest_s: float, limit_s: float) -> Finding | None:
    if longest_s <= limit_s:
        return None
    message = f"Before or after the speech are {longest_s:.1f} s of silence; {limit_s:g} s is the most."
    return Finding("edge", longest_s, limit_s, message)


def _too_long(speech_s: float, limit_s: float) -> Finding | None:
    if speech_s <= limit_s:
        return None
    message = f"The text takes {limit_s:.1f} s at the most, but {speech_s:.1f} s are spoken: too slowly, or too much."
    return Finding("too_long", speech_s, limit_s, message)


def _too_short(speech_s: float, limit_s: float) -> Finding | None:
    if speech_s >= limit_s:
        return None
    message = f"The text takes {limit_s:.1f} s at the least, but only {speech_s:.1f} s are spoken: words are missing."
    return Finding("too_short", speech_s, limit_s, message)


def _cut(fall_db: float) -> Finding | None:
    if fall_db >= CUT_DB:
        return None
    message = f"The last sound is only {fall_db:.0f} dB below the speech; one that has ended falls by {CUT_DB:g} dB."
    return Finding("cut", fall_db, CUT_DB, message)
