from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
import pytest

from sidecar.audio.measure import clipping, measure
from sidecar.audio.samples import SILENCE_DB, Samples

RATE = 24_000


def sine(amplitude: float, seconds: float = 1.0) -> Samples:
    return (amplitude * np.sin(2 * np.pi * 997 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def test_the_levels_of_a_sine_are_those_of_the_textbook() -> None:
    metrics = measure(sine(0.5), RATE)
    assert metrics.peak_db == pytest.approx(-6.02, abs=0.01)
    assert metrics.rms_db == pytest.approx(-9.03, abs=0.01)


def test_a_full_scale_997_hz_sine_has_the_loudness_that_bs_1770_says() -> None:
    assert measure(sine(1.0, 5.0), RATE).loudness_lufs == pytest.approx(-3.01, abs=0.1)


def test_speech_is_told_from_background(recording: Samples) -> None:
    metrics = measure(recording, RATE)
    assert metrics.speech_ratio == pytest.approx(3 / 5, abs=0.05)
    hiss_db = -60 + 10 * math.log10(8 / 12)  # The measure hears up to 8 kHz; the hiss goes up to 12.
    voice_db = 20 * math.log10(float(np.sqrt(np.mean(np.square(recording[RATE : 4 * RATE])))))
    assert metrics.snr_db == pytest.approx(voice_db - hiss_db, abs=0.5)


def test_a_tone_is_no_speech() -> None:
    metrics = measure(sine(0.5, 3.0), RATE)
    assert metrics.speech_ratio < 0.1


@pytest.mark.parametrize("size", [0, 1, 100, 2 * RATE])
def test_silence_of_any_length_gives_finite_numbers(size: int) -> None:
    metrics = measure(np.zeros(size, np.float32), RATE)
    assert metrics.rms_db == metrics.peak_db == SILENCE_DB
    assert (metrics.clipping, metrics.speech_ratio) == (0.0, 0.0)
    assert metrics.snr_db is None
    assert metrics.loudness_lufs is None


def test_every_figure_is_finite_for_signals_at_the_limits(vowels: Samples) -> None:
    for samples in (vowels * 30, vowels * 1e-6, np.full(RATE, 16.0, np.float32), vowels[:50]):
        assert all(math.isfinite(value) for value in asdict(measure(samples, RATE)).values() if value is not None)


def test_only_runs_at_full_scale_are_clipping() -> None:
    samples = np.zeros(1_000, np.float32)
    samples[10:14] = 1.0
    samples[20:22] = -1.0
    samples[30:35] = [0.9, 1.0, -1.0, 1.0, 0.9]
    samples[995:] = -1.0
    assert clipping(samples) == pytest.approx((4 + 3 + 5) / 1_000)
