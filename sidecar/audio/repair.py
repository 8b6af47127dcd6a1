"""What makes a recording fit to be a voice's reference: the best part of it, clean at the edges, at one level."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import numpy as np

from sidecar.audio.cuts import quiet_point
from sidecar.audio.measure import clipping
from sidecar.audio.samples import Samples, Span, amplitude, decibels, peak, rms
from sidecar.audio.voice_activity import speech_spans
from sidecar.errors import InvalidAudio

TARGET_RMS_DB = -20.0
LARGEST_PEAK = 0.95
EDGE_DB = -40.0
EDGE_KEPT_S = 0.1
"""These four are the values of the voice cloning tools in use today, so that their users' samples fit here."""
SILENT_DB = -100.0
"""The loudest 10 ms of a muted microphone: below the last bit of 16-bit audio."""
EDGE_FRAME_S = 0.01
"""Edges are sought in frames as long as a period of the lowest voices."""
MARGIN_S = 0.2
"""Silence that a window keeps before its first and after its last word, where there is so much."""


@dataclass(frozen=True)
class Repaired:
    """The repaired samples and the span of the given ones (seconds) that they were made of."""

    samples: Samples
    span: Span


def repair(samples: Samples, sample_rate: int) -> Repaired:
    """Remove the DC offset, trim the edges, bring the level to -20 dBFS RMS with no peak above 0.95.

    An edge is everything before the first and after the last 10 ms frame that is less than 40 dB below the
    loudest frame (all by RMS); 100 ms of it stay.

    Raises:
        InvalidAudio: reason "silent", nothing but a constant was recorded.

    """
    centred = samples - np.mean(samples, dtype=np.float64).astype(np.float32)
    start, end = _sounding(centred, sample_rate)
    kept = centred[start:end]
    gain = min(amplitude(TARGET_RMS_DB) / rms(kept), LARGEST_PEAK / peak(kept))
    return Repaired((kept * np.float32(gain)).astype(np.float32), (start / sample_rate, end / sample_rate))


def best_window(samples: Samples, sample_rate: int, limit_s: float) -> Span:
    """The span of at most `limit_s` seconds with the most speech at a good level, cut in pauses.

    Every span of speech counts with its length, times its level against the median one's (at most 1), times its
    share that is not clipped. All of a recording that is short enough; its beginning when nobody speaks.
    """
    duration_s = samples.size / sample_rate
    if duration_s <= limit_s:
        return 0.0, duration_s
    spans = speech_spans(samples, sample_rate)
    if not spans:
        return 0.0, limit_s
    worth = _worth(samples, sample_rate, spans)
    margins = _with_margins(spans, duration_s)
    return max(
        (_window_from(index, margins, worth, samples, sample_rate, limit_s) for index in range(len(spans))),
        key=lambda candidate: candidate[0],
    )[1]


def _sounding(samples: Samples, sample_rate: int) -> tuple[int, int]:
    size = max(1, round(EDGE_FRAME_S * sample_rate))
    padded = np.pad(samples, (0, -samples.size % size)).reshape(-1, size)
    levels = np.sqrt(np.mean(np.square(padded, dtype=np.float64), axis=1))
    loudest = float(levels.max(initial=0.0))
    if loudest < amplitude(SILENT_DB):
        raise InvalidAudio(
            f"The recording is silent: it never passes {SILENT_DB:g} dBFS. Check the microphone and record again.",
            reason="silent",
            measured=decibels(loudest),
            limit=SILENT_DB,
        )
    loud = np.flatnonzero(levels >= loudest * amplitude(EDGE_DB))
    kept = round(EDGE_KEPT_S * sample_rate)
    return max(0, int(loud[0]) * size - kept), min(samples.size, (int(loud[-1]) + 1) * size + kept)


def _worth(samples: Samples, sample_rate: int, spans: list[Span]) -> list[float]:
    parts = [samples[round(start * sample_rate) : round(end * sample_rate)] for start, end in spans]
    usual = median(rms(part) for part in parts) or 1.0
    return [part.size / sample_rate * min(1.0, rms(part) / usual) * (1.0 - clipping(part)) for part in parts]


def _with_margins(spans: list[Span], duration_s: float) -> list[Span]:
    ends = [0.0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), duration_s]
    halves = [min(MARGIN_S, (start - end) / 2) for end, start in zip(ends, starts, strict=True)]
    return [
        (start - before, end + after)
        for (start, end), before, after in zip(spans, halves[:-1], halves[1:], strict=True)
    ]


def _window_from(
    first: int, margins: list[Span], worth: list[float], samples: Samples, sample_rate: int, limit_s: float
) -> tuple[float, Span]:
    start = margins[first][0]
    last = first
    while last < len(margins) and margins[last][1] - start <= limit_s:
        last += 1
    if last > first:
        return sum(worth[first:last]), (start, margins[last - 1][1])
    end = quiet_point(samples, sample_rate, start + limit_s / 2, start + limit_s)
    whole = margins[first][1] - start
    return worth[first] * (end - start) / whole, (start, end)
