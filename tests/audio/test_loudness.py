from __future__ import annotations

import numpy as np
import pytest

from sidecar.audio.loudness import LoudnessMeter, level, loudness
from sidecar.audio.samples import Samples, decibels, peak

RATE = 24_000


@pytest.mark.parametrize("target", [-16.0, -23.0, -40.0])
def test_a_level_is_reached_to_a_tenth(target: float, vowels: Samples) -> None:
    assert loudness(level(vowels, RATE, target), RATE) == pytest.approx(target, abs=0.1)


def test_the_peak_wins_over_the_level(vowels: Samples) -> None:
    clicked = vowels * 0.1
    clicked[1_000] = 0.5
    assert decibels(peak(level(clicked, RATE, -10.0))) == pytest.approx(-1.0, abs=0.001)


def test_silence_stays_silence() -> None:
    assert not level(np.zeros(RATE, np.float32), RATE, -16.0).any()


def test_under_four_tenths_of_a_second_there_is_no_loudness(vowels: Samples) -> None:
    assert loudness(vowels[: RATE // 3], RATE) is None


def metered(samples: Samples, block: int) -> LoudnessMeter:
    meter = LoudnessMeter(RATE)
    for start in range(0, samples.size, block):
        meter.add(samples[start : start + block])
    return meter


def test_blocks_of_a_short_recording_measure_as_the_whole(recording: Samples) -> None:
    meter = metered(recording, 1_234)
    assert meter.lufs == loudness(recording, RATE)
    assert meter.peak_db == decibels(peak(recording))


def test_a_long_recording_measures_nearly_as_the_whole(recording: Samples) -> None:
    long = np.concatenate([np.tile(recording * gain, 13) for gain in (1.0, 0.5, 0.02, 0.8)])
    assert metered(long, 50_000).lufs == pytest.approx(loudness(long, RATE), abs=0.5)


def test_nothing_measures_as_nothing() -> None:
    assert LoudnessMeter(RATE).lufs is None
