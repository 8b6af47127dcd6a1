from __future__ import annotations

import numpy as np
import pytest

from sidecar.audio.samples import Samples
from sidecar.audio.stretch import stretch

RATE = 24_000
SPEEDS = (0.5, 0.8, 1.25, 2.0)
FINE = 1 << 20
"""Points of a spectrum in which a cent of the lowest tone here is wider than a bin."""


def tone(hertz: float, seconds: float = 3.0) -> Samples:
    wave: Samples = (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)
    return wave


def strongest_hz(samples: Samples) -> float:
    middle = samples[samples.size // 4 : -samples.size // 4]
    return float(np.argmax(np.abs(np.fft.rfft(middle * np.hanning(middle.size), FINE))) * RATE / FINE)


def syllable_peaks_s(samples: Samples) -> list[float]:
    """Where a smoothed voice is loudest, one time for every rise over half of the whole's maximum."""
    window = np.hanning(RATE // 20)
    level = np.convolve(np.abs(samples), window / window.sum(), "same")
    edges = np.flatnonzero(np.diff((level > level.max() / 2).astype(int)))
    return [float(start + np.argmax(level[start:end])) / RATE for start, end in edges.reshape(-1, 2)]


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("size", [1, 999, 5_000, 71_993])
def test_the_duration_is_that_of_the_speed(size: int, speed: float, vowels: Samples) -> None:
    given = np.tile(vowels, 2)[:size]
    assert abs(stretch(given, RATE, speed).size - size / speed) <= 1


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("hertz", [90.0, 220.0, 1_234.5])
def test_a_tone_keeps_its_pitch(hertz: float, speed: float) -> None:
    cents = 1_200 * np.log2(strongest_hz(stretch(tone(hertz), RATE, speed)) / hertz)
    assert abs(cents) < 1


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_voice_keeps_its_level_and_gets_no_louder_peak_than_a_limiter_can_take(speed: float, vowels: Samples) -> None:
    stretched = stretch(vowels, RATE, speed)
    assert 20 * np.log10(np.std(stretched) / np.std(vowels)) == pytest.approx(0, abs=1)
    assert np.abs(stretched).max() < 1.5 * np.abs(vowels).max()


@pytest.mark.parametrize("speed", SPEEDS)
def test_what_is_said_at_a_time_is_said_at_that_time_by_the_speed(speed: float, recording: Samples) -> None:
    before, after = syllable_peaks_s(recording), syllable_peaks_s(stretch(recording, RATE, speed))
    assert len(before) > 5
    assert after == pytest.approx([time / speed for time in before], abs=0.06)


def test_equal_samples_are_stretched_to_equal_samples(vowels: Samples) -> None:
    assert np.array_equal(stretch(vowels, RATE, 1.3), stretch(vowels.copy(), RATE, 1.3))


def test_nothing_is_done_at_the_own_speed_or_to_nothing(vowels: Samples) -> None:
    assert stretch(vowels, RATE, 1.0) is vowels
    assert stretch(np.empty(0, np.float32), RATE, 2.0).size == 0
