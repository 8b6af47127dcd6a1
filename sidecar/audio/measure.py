"""The figures by which a recording is judged."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from sidecar.audio.loudness import loudness
from sidecar.audio.samples import Samples, Span, decibels, peak, rms
from sidecar.audio.voice_activity import SAMPLE_RATE, speech_spans

FULL_SCALE = 0.999
"""Samples from here on count as clipped: within 0.01 dB of full scale, the last few steps of 16 bits."""
CLIPPED_RUN = 3
"""So many clipped samples in a row are a flattened top; fewer may be an honest peak."""
FRAME_S = 0.02
GUARD_S = 0.1
"""Sound this near to speech is its attack and reverberation, and no background."""
LARGEST_SNR_DB = 100.0
"""More than 16-bit audio can hold: what a background of digital silence is called."""


@dataclass(frozen=True)
class Metrics:
    """Levels in dBFS, loudness in LUFS, `clipping` and `speech_ratio` as shares from 0 to 1. All finite.

    `snr_db` is None without speech or without a background to compare it with; `loudness_lufs` is None for
    silence and for less than 0.4 s.
    """

    rms_db: float
    peak_db: float
    clipping: float
    snr_db: float | None
    speech_ratio: float
    loudness_lufs: float | None


def measure(samples: Samples, sample_rate: int) -> Metrics:
    """Measure mono samples of any length at `sample_rate` Hz."""
    heard = soxr.resample(samples, sample_rate, SAMPLE_RATE)
    spans = speech_spans(heard, SAMPLE_RATE)
    duration_s = samples.size / sample_rate
    return Metrics(
        rms_db=decibels(rms(samples)),
        peak_db=decibels(peak(samples)),
        clipping=clipping(samples),
        snr_db=_snr_db(heard, spans),
        speech_ratio=min(1.0, sum(end - start for start, end in spans) / duration_s) if duration_s else 0.0,
        loudness_lufs=loudness(samples, sample_rate),
    )


def clipping(samples: Samples) -> float:
    """The share of samples that lie in runs of three or more at full scale."""
    edges = np.flatnonzero(np.diff(np.abs(samples) >= FULL_SCALE, prepend=False, append=False))
    runs = edges[1::2] - edges[::2]
    return float(runs[runs >= CLIPPED_RUN].sum() / max(1, samples.size))


def _snr_db(heard: Samples, spans: list[Span]) -> float | None:
    """10·log10((Pₛ - Pₙ) / Pₙ): mean power Pₛ while somebody speaks, Pₙ of the background at least 0.1 s away from it.

    Both in the detector's band, up to 8 kHz, which holds all that tells speech apart. The background's power is the
    median of 20 ms frames: a breath, or a syllable that the detector missed, does not count as noise.
    """
    speech = _mask(heard.size, spans, 0.0)
    background = ~_mask(heard.size, spans, GUARD_S)
    if not speech.any() or background.sum() < GUARD_S * SAMPLE_RATE:
        return None
    power = rms(heard[speech]) ** 2
    noise = _median_power(heard[background])
    if noise == 0.0:
        return LARGEST_SNR_DB
    ratio = max(power - noise, 0.0) / noise
    return float(np.clip(10.0 * math.log10(ratio), -LARGEST_SNR_DB, LARGEST_SNR_DB)) if ratio else -LARGEST_SNR_DB


def _median_power(samples: Samples) -> float:
    frame = round(FRAME_S * SAMPLE_RATE)
    frames = samples[: samples.size // frame * frame].reshape(-1, frame)
    return float(np.median(np.mean(frames**2, axis=1)))


def _mask(size: int, spans: list[Span], guard_s: float) -> NDArray[np.bool_]:
    mask = np.zeros(size, np.bool_)
    for start, end in spans:
        mask[max(0, round((start - guard_s) * SAMPLE_RATE)) : round((end + guard_s) * SAMPLE_RATE)] = True
    return mask
