from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.audio.repair import best_window, repair
from sidecar.audio.samples import Samples, decibels, peak, rms
from sidecar.audio.voice_activity import speech_spans
from sidecar.errors import InvalidAudio

RATE = 24_000


def test_an_offset_is_removed_edges_are_trimmed_and_the_level_is_set(recording: Samples) -> None:
    repaired = repair(recording * 0.2 + 0.1, RATE)
    assert abs(float(repaired.samples.mean())) < 1e-3
    assert decibels(rms(repaired.samples)) == pytest.approx(-20.0, abs=0.01)
    assert repaired.span == pytest.approx((0.9, 4.1), abs=0.06)
    assert repaired.samples.size == round((repaired.span[1] - repaired.span[0]) * RATE)


def test_a_peaky_recording_stays_below_the_limit_instead(vowels: Samples) -> None:
    clicked = vowels * 0.02
    clicked[RATE] = 0.9
    repaired = repair(clicked, RATE)
    assert peak(repaired.samples) == pytest.approx(0.95, abs=1e-3)
    assert decibels(rms(repaired.samples)) < -20.0


@settings(max_examples=20, deadline=None)
@given(gain=st.floats(0.01, 2.0), offset=st.floats(-0.3, 0.3), before=st.integers(0, RATE), after=st.integers(0, RATE))
def test_what_is_repaired_needs_no_repair(gain: float, offset: float, before: int, after: int) -> None:
    tone = np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE)
    given_samples = (gain * np.pad(tone, (before, after)) + offset).astype(np.float32)
    once = repair(given_samples, RATE).samples
    twice = repair(once, RATE).samples
    assert twice.size == pytest.approx(once.size, abs=RATE // 50)
    assert decibels(rms(twice)) == pytest.approx(decibels(rms(once)), abs=0.05)


@pytest.mark.parametrize("samples", [np.zeros(RATE, np.float32), np.full(RATE, 0.25, np.float32)])
def test_a_recording_of_nothing_is_refused(samples: Samples) -> None:
    with pytest.raises(InvalidAudio) as caught:
        repair(samples, RATE)
    assert caught.value.data["reason"] == "silent"


def test_a_recording_that_is_short_enough_is_kept_whole(recording: Samples) -> None:
    assert best_window(recording, RATE, 30.0) == (0.0, 5.0)


def test_the_window_goes_where_most_is_said(recording: Samples, hiss: Samples) -> None:
    quiet = np.tile(hiss, 10)
    spoken = np.concatenate([quiet, recording, quiet, recording, recording, quiet])
    start, end = best_window(spoken, RATE, 10.0)
    assert start == pytest.approx(25.8, abs=0.1)
    assert end == pytest.approx(34.2, abs=0.1)


def test_the_louder_of_two_equal_stretches_wins(recording: Samples) -> None:
    start, _ = best_window(np.concatenate([recording * 0.05, recording]), RATE, 5.0)
    assert start == pytest.approx(5.8, abs=0.1)


def test_no_word_is_cut(recording: Samples) -> None:
    spoken = np.tile(recording, 9)
    start, end = best_window(spoken, RATE, 17.0)
    assert 12.0 < end - start <= 17.0
    assert not any(a < cut < b for cut in (start, end) for a, b in speech_spans(spoken, RATE))


def test_speech_without_pauses_and_no_speech_at_all_still_fit(vowels: Samples) -> None:
    for samples in (np.tile(vowels, 5), np.zeros(15 * RATE, np.float32)):
        start, end = best_window(samples, RATE, 10.0)
        assert 0.0 <= start < end <= 15.0
        assert 4.9 <= end - start <= 10.0
