from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.audio.loudness import LoudnessMeter, loudness
from sidecar.audio.samples import Samples, decibels, peak
from tests.join_metrics import lufs

RATE = 24_000


def test_under_four_tenths_of_a_second_there_is_no_loudness(vowels: Samples) -> None:
    assert loudness(vowels[: RATE * 4 // 10 - 1], RATE) is None
    assert loudness(vowels[: RATE * 4 // 10], RATE) is not None


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.zeros(RATE, np.float32), np.full(RATE, 1e-5, "f4")])
def test_silence_has_no_loudness(samples: Samples) -> None:
    assert loudness(samples, RATE) is None


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100, 48_000])
def test_loudness_is_that_of_pyloudnorm_at_any_rate(rate: int, recording: Samples) -> None:
    assert loudness(recording, rate) == pytest.approx(lufs(recording, rate), abs=1e-9)


@given(size=st.integers(RATE * 4 // 10 + 1, 5 * RATE))
@settings(max_examples=50)
def test_loudness_is_that_of_pyloudnorm_at_any_length(size: int) -> None:
    noise = np.random.default_rng(size).standard_normal(size) * np.linspace(0.0, 0.3, size)
    samples = noise.astype(np.float32)
    assert loudness(samples, RATE) == pytest.approx(lufs(samples, RATE), abs=1e-9)


@pytest.mark.parametrize("block", [1, 1_234, 50_000])
def test_blocks_measure_as_the_whole(block: int, recording: Samples) -> None:
    heard = recording[RATE // 2 : 2 * RATE]
    meter = LoudnessMeter(RATE)
    for start in range(0, heard.size, block):
        meter.add(heard[start : start + block])
    assert meter.lufs == pytest.approx(loudness(heard, RATE), abs=1e-9)
    assert meter.peak_db == decibels(peak(heard))


def test_a_long_recording_with_quiet_stretches_measures_as_pyloudnorm_does(recording: Samples) -> None:
    long = np.concatenate([np.tile(recording * gain, 13) for gain in (1.0, 0.5, 0.02, 0.8)])
    assert loudness(long, RATE) == pytest.approx(lufs(long, RATE), abs=1e-6)


def test_a_meter_lets_pass_what_it_hears(recording: Samples) -> None:
    meter = LoudnessMeter(RATE)
    assert np.array_equal(np.concatenate(list(meter.listen([recording[:100], recording[100:]]))), recording)
    assert meter.lufs == pytest.approx(loudness(recording, RATE))
