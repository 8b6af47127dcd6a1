from __future__ import annotations

import numpy as np
import pytest

from sidecar.audio.limiter import limited
from sidecar.audio.loudness import LoudnessMeter
from sidecar.audio.samples import Samples
from sidecar.audio.true_peak import TruePeakMeter
from tests.join_metrics import true_peak_db

RATE = 48_000


def measured_db(sound: Samples, size: int) -> float:
    meter = TruePeakMeter()
    for start in range(0, len(sound), size):
        meter.add(sound[start : start + size])
    return meter.true_peak_db


@pytest.mark.parametrize("size", [37, 4_800, 48_000])
def test_the_peak_between_samples_is_measured_whatever_the_blocks(size: int, vowels: Samples) -> None:
    assert measured_db(vowels, size) == pytest.approx(true_peak_db(vowels), abs=0.1)


@pytest.mark.parametrize("place", [0, 1, 4_799, 4_800, 9_599])
def test_a_peak_at_the_edge_of_a_block_is_not_missed(place: int) -> None:
    sound = np.zeros(9_600, np.float32)
    sound[max(0, place - 1) : place + 1] = 0.5  # Two alike: the curve between them rises above both.
    assert measured_db(sound, 4_800) == pytest.approx(true_peak_db(sound), abs=0.2)


def test_the_louder_channel_counts(vowels: Samples) -> None:
    both = np.stack([0.1 * vowels, vowels], axis=1)
    assert measured_db(both, 4_800) == pytest.approx(measured_db(vowels, 4_800), abs=1e-6)


def test_silence_has_the_level_of_nothing() -> None:
    assert TruePeakMeter().true_peak_db == -120.0
    assert measured_db(np.zeros((100, 2), np.float32), 10) == -120.0


def test_one_gain_turns_both_channels_down_so_that_nothing_moves_aside(vowels: Samples) -> None:
    loud = np.stack([vowels * 3, vowels * np.float32(0.3)], axis=1).astype(np.float32)
    turned = np.concatenate(list(limited([loud], RATE, -3.0, 2)))
    assert max(true_peak_db(side) for side in turned.T) <= -3.0
    sounding = np.abs(loud[:, 1]) > 1e-3
    ratios = turned[sounding] / loud[sounding]
    assert ratios.min() < 0.6
    assert np.allclose(ratios[:, 0], ratios[:, 1], rtol=1e-5)


def test_two_equal_channels_are_three_decibels_louder_than_one(vowels: Samples) -> None:
    mono, stereo = LoudnessMeter(RATE), LoudnessMeter(RATE)
    for start in range(0, len(vowels), 999):
        block = vowels[start : start + 999]
        mono.add(block)
        stereo.add(np.stack([block, block], axis=1))
    assert mono.lufs is not None
    assert stereo.lufs == pytest.approx(mono.lufs + 10 * np.log10(2), abs=1e-9)
    assert stereo.peak_db == mono.peak_db
