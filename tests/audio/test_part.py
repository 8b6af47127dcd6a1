from __future__ import annotations

import numpy as np
import pytest

from sidecar.audio.part import prepared
from sidecar.audio.samples import Samples
from sidecar.audio.voice_activity import Model, speech_spans
from tests.join_metrics import lufs, true_peak_db

RATE = 24_000


@pytest.fixture
def spoken(vowels: Samples) -> Samples:
    """Three seconds of voice between two of silence."""
    return np.pad(vowels, RATE)


@pytest.mark.parametrize("gain", [0.07, 0.1, 0.5, 1.0, 2.0, 12.0])
def test_parts_stand_at_one_level_however_loud_their_chunks_are(gain: float, spoken: Samples, model: Model) -> None:
    part = prepared(spoken * np.float32(gain), RATE, 0.0, model)
    assert lufs(part.samples, RATE) == pytest.approx(-20.0, abs=0.15)
    assert true_peak_db(part.samples) <= -1.0


def test_high_peaks_are_limited_and_the_level_is_still_reached(spoken: Samples, model: Model) -> None:
    spiky = spoken.copy()
    spiky[RATE + 3_000 : 4 * RATE : 6_000] *= 40.0
    part = prepared(spiky, RATE, 0.0, model)
    assert true_peak_db(part.samples) <= -1.0
    assert lufs(part.samples, RATE) == pytest.approx(-20.0, abs=0.15)


def test_a_chunk_that_is_nearly_silent_is_not_made_as_loud_as_speech(spoken: Samples, model: Model) -> None:
    part = prepared(spoken * np.float32(1e-3), RATE, 0.0, model)
    assert lufs(part.samples, RATE) < -40.0


@pytest.mark.parametrize(("crossfade_s", "margin_s"), [(0.0, 0.05), (0.02, 0.05), (0.2, 0.2)])
def test_silence_is_cut_but_for_a_margin(crossfade_s: float, margin_s: float, spoken: Samples, model: Model) -> None:
    part = prepared(spoken, RATE, crossfade_s, model)
    assert (part.lead, part.tail) == (margin_s * RATE, margin_s * RATE)
    assert part.samples.size == pytest.approx((3.0 + 2 * margin_s) * RATE, abs=0.08 * RATE)


def test_a_margin_is_no_longer_than_the_silence_that_there_is(vowels: Samples, model: Model) -> None:
    part = prepared(np.pad(vowels, (480, 0)), RATE, 0.0, model)
    assert part.lead <= 480
    assert part.tail == 0


def test_the_margins_hold_no_voice(spoken: Samples, model: Model) -> None:
    part = prepared(spoken, RATE, 0.2, model)
    [(start, end)] = speech_spans(part.samples, RATE)
    assert start >= part.lead / RATE - 0.04
    assert end <= (part.samples.size - part.tail) / RATE + 0.04


def test_a_part_begins_and_ends_without_a_step(vowels: Samples, hiss: Samples, model: Model) -> None:
    noisy = np.concatenate([hiss * 3, vowels, hiss * 3])
    for chunk in (noisy, vowels, np.full(RATE, 0.5, np.float32)):
        samples = prepared(chunk, RATE, 0.0, model).samples
        steps = np.abs(np.diff(samples, prepend=0.0, append=0.0))
        assert max(steps[:10].max(), steps[-10:].max()) < 0.02


@pytest.mark.parametrize("size", [1, 100, RATE // 5, 2 * RATE])
def test_what_nobody_can_be_heard_to_say_stays_whole(size: int, model: Model) -> None:
    noise = (0.1 * np.random.default_rng(3).standard_normal(size)).astype(np.float32)
    part = prepared(noise, RATE, 0.1, model)
    assert (part.samples.size, part.lead, part.tail) == (size, 0, 0)


def test_a_chunk_too_short_for_a_loudness_is_levelled_too(model: Model) -> None:
    tone = np.sin(2 * np.pi * 300 * np.arange(RATE // 4) / RATE).astype(np.float32)
    quiet, loud = (prepared(tone * np.float32(gain), RATE, 0.0, model).samples for gain in (0.05, 0.9))
    assert np.abs(quiet).max() == pytest.approx(np.abs(loud).max(), rel=0.02)
    assert lufs(np.tile(quiet, 8), RATE) == pytest.approx(-20.0, abs=0.3)


def test_silence_stays_silence(model: Model) -> None:
    assert not prepared(np.zeros(RATE, np.float32), RATE, 0.0, model).samples.any()


def test_a_part_is_always_the_same_and_its_chunk_is_left_alone(spoken: Samples, model: Model) -> None:
    before = spoken.copy()
    first, second = (prepared(spoken, RATE, 0.05, model) for _ in range(2))
    assert np.array_equal(first.samples, second.samples)
    assert np.array_equal(spoken, before)
