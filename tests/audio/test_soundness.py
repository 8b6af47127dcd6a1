from __future__ import annotations

import numpy as np
import pytest

from sidecar.audio.samples import Samples
from sidecar.audio.soundness import Soundness, judge, sounding_spans

RATE = 24_000
SYLLABLES_A_SECOND = 5.0
SLOWEST, FASTEST = 3.4, 9.3


def hum(seconds: float) -> Samples:
    """A tone that begins and ends softly, as speech does."""
    size = round(seconds * RATE)
    fade = np.minimum(1.0, np.minimum(np.arange(size), np.arange(size)[::-1]) / (0.02 * RATE))
    return (0.2 * fade * np.sin(2 * np.pi * 200 * np.arange(size) / RATE)).astype(np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def take(*parts: Samples) -> Samples:
    return np.concatenate([silence(0.3), *parts, silence(0.4)])


def judged(samples: Samples, seconds_of_text: float = 2.0) -> Soundness:
    return judge(samples, RATE, SYLLABLES_A_SECOND * seconds_of_text, SLOWEST, FASTEST)


def checks(soundness: Soundness) -> list[str]:
    return [reason.check for reason in soundness.reasons]


def test_a_sound_take_passes_and_tells_its_rate() -> None:
    soundness = judged(take(hum(1.0), silence(0.5), hum(1.0)))
    assert soundness.passed
    assert soundness.rate == pytest.approx(SYLLABLES_A_SECOND, rel=0.03)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_sample_that_is_no_number_is_found(broken: float) -> None:
    samples = take(hum(2.0))
    samples[1000:1010] = broken
    (reason,) = judged(samples).reasons
    assert (reason.check, reason.measured, reason.limit) == ("numbers", 10, 0)


@pytest.mark.parametrize(
    "samples",
    [
        silence(2.0),
        np.random.default_rng(2).normal(0, 1e-4, 2 * RATE).astype(np.float32),
        np.zeros(0, np.float32),
        np.zeros(10, np.float32),
    ],
)
def test_silence_and_faint_noise_are_no_speech(samples: Samples) -> None:
    soundness = judged(samples)
    assert checks(soundness) == ["silence"]
    assert soundness.rate is None


def test_half_the_speed_is_too_long() -> None:
    assert checks(judged(take(hum(4.0)))) == ["too_long"]


def test_a_take_that_runs_on_is_too_long() -> None:
    assert "too_long" in checks(judged(take(hum(2.0), silence(0.4), hum(8.0))))


def test_half_of_the_words_are_too_short() -> None:
    (reason,) = judged(take(hum(0.9))).reasons
    assert reason.check == "too_short"
    assert "words are missing" in reason.message
    assert reason.measured < reason.limit


def test_silence_between_the_words_is_found_where_it_is() -> None:
    (reason,) = judged(take(hum(1.0), silence(2.0), hum(1.0))).reasons
    assert reason.check == "pause"
    assert reason.measured == pytest.approx(2.0, abs=0.05)
    assert "At 1.3 s" in reason.message


def test_silence_after_the_words_is_found() -> None:
    assert checks(judged(take(hum(2.0), silence(1.0)))) == ["edge"]


def test_a_last_word_that_is_cut_is_found() -> None:
    cut = take(hum(2.0))[: round(2.1 * RATE)]
    assert checks(judged(cut)) == ["cut"]


def test_a_click_is_found_where_it_is() -> None:
    samples = take(hum(2.0))
    samples[round(1.25 * RATE)] += 0.2
    (reason,) = judged(samples).reasons
    assert reason.check == "click"
    assert "at 1.25 s" in reason.message


def test_a_single_word_may_be_slow() -> None:
    assert judge(take(hum(0.6)), RATE, 1, SLOWEST, FASTEST).passed


def test_the_level_of_the_take_does_not_matter() -> None:
    assert judged(np.float32(0.05) * take(hum(2.0))).passed


def test_sounding_spans_are_exact_to_ten_milliseconds() -> None:
    spans = sounding_spans(take(hum(1.0), silence(0.05), hum(0.5), silence(0.3), hum(0.5)), RATE)
    assert spans == [pytest.approx((0.3, 1.85), abs=0.011), pytest.approx((2.15, 2.65), abs=0.011)]


def test_silence_has_no_spans() -> None:
    assert sounding_spans(silence(1.0), RATE) == []
