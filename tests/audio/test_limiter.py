from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.audio.limiter import limited
from sidecar.audio.samples import Samples, amplitude, peak
from tests.join_metrics import true_peak_db

RATE = 24_000
TIME = np.arange(2 * RATE) / RATE


def whole(samples: Samples) -> Samples:
    return np.concatenate(list(limited([samples.astype(np.float32)], RATE)))


def sine(frequency: float, height: float, phase: float = 0.0) -> Samples:
    return (height * np.sin(2 * np.pi * frequency * TIME + phase)).astype(np.float32)


@pytest.mark.parametrize("gain", [2.0, 4.0, 20.0])
def test_no_curve_between_the_samples_of_a_voice_passes_minus_one(gain: float, vowels: Samples) -> None:
    assert true_peak_db(vowels * gain) > -1.0
    assert true_peak_db(whole(vowels * np.float32(gain))) <= -1.0


def test_a_peak_between_two_samples_is_seen() -> None:
    between = sine(RATE / 4, 1.2, np.pi / 4)
    assert peak(between) < amplitude(-1.0)
    assert true_peak_db(whole(between)[100:-100]) <= -1.0


def test_one_click_in_silence_is_turned_down() -> None:
    click = np.zeros(RATE, np.float32)
    click[RATE // 2] = 4.0
    assert peak(whole(click)) <= amplitude(-1.0)


def test_what_is_below_stays_as_it_is(vowels: Samples) -> None:
    assert np.array_equal(whole(vowels), vowels)


def test_far_from_a_peak_nothing_changes(vowels: Samples) -> None:
    loud = vowels.copy()
    loud[RATE : RATE + 2_400] *= 4
    changed = np.flatnonzero(whole(loud) != loud)
    assert RATE - 600 < changed[0] < changed[-1] < RATE + 3_000


def test_a_loud_tone_is_turned_down_and_not_bent() -> None:
    steady = whole(sine(100, 4.0))[RATE // 2 : RATE // 2 + RATE]
    spectrum = np.abs(np.fft.rfft(steady))
    assert np.delete(spectrum, 100).max() < 1e-4 * spectrum[100]


@given(sizes=st.lists(st.integers(1, 40_000), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_blocks_of_any_size_are_limited_alike(sizes: list[int]) -> None:
    loud = np.random.default_rng(sum(sizes)).standard_normal(sum(sizes)).astype(np.float32)
    blocks = np.split(loud, np.cumsum(sizes)[:-1])
    in_blocks = np.concatenate(list(limited(blocks, RATE)))
    assert in_blocks.size == loud.size
    assert np.array_equal(in_blocks, whole(loud))


def test_a_long_recording_is_limited_across_its_blocks(vowels: Samples) -> None:
    long = np.tile(vowels * np.float32(4), 8)
    assert long.size > 20 * RATE
    assert true_peak_db(whole(long)) <= -1.0
