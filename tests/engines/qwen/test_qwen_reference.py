"""Recordings become one reference: chosen, trimmed with their words, levelled, joined."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from sidecar.engines.base import Reference
from sidecar.engines.qwen.reference import Recording, combine, read_recording, trim
from sidecar.errors import InvalidAudio
from tests.engines.qwen.stand_ins import SAMPLE_RATE, speech

GAP_S = 0.3
LONGEST_S = 30.0
PEAK_LIMIT = 0.95
SENTENCE = "He said so."


def recording(seconds, text=SENTENCE, **options):
    return Recording(speech(seconds, **options), text)


def rms(samples):
    return float(np.sqrt(np.mean(np.square(samples))))


def test_recordings_are_joined_in_their_order_with_silence_between():
    first, second = recording(2.0, "One."), recording(3.0, "Two.", pitch=200.0)
    joined = combine([first, second])
    assert joined.seconds == pytest.approx(2.0 + GAP_S + 3.0, abs=1e-3)
    assert joined.text == "One. Two."
    gap = joined.samples[2 * SAMPLE_RATE : 2 * SAMPLE_RATE + round(GAP_S * SAMPLE_RATE)]
    assert not gap.any()


def test_levels_are_matched():
    joined = combine([recording(2.0, level=0.01), recording(2.0, level=0.3)]).samples
    first, second = joined[: 2 * SAMPLE_RATE], joined[-2 * SAMPLE_RATE :]
    assert rms(first) == pytest.approx(rms(second), rel=0.02)


def test_a_peak_keeps_all_of_them_below_the_limit():
    clicking = recording(2.0)
    clicking.samples[1000] = 1.0
    clicking.samples[:] *= 0.05
    joined = combine([clicking, recording(2.0)]).samples
    assert np.abs(joined).max() <= PEAK_LIMIT + 1e-6
    assert rms(joined[5000 : 2 * SAMPLE_RATE]) == pytest.approx(rms(joined[-2 * SAMPLE_RATE + 5000 :]), rel=0.02)


def test_the_best_recordings_that_fit_into_30_s_are_kept_in_their_order():
    noise = np.random.default_rng(1).standard_normal(14 * SAMPLE_RATE).astype(np.float32)
    noisy = Recording(speech(14.0) + 0.1 * noise, "Noisy.")
    kept = combine([recording(14.0, "First."), noisy, recording(14.0, "Last.", pitch=180.0)])
    assert kept.text == "First. Last."
    assert kept.seconds <= LONGEST_S


def test_one_missing_transcript_leaves_the_whole_without():
    assert combine([recording(2.0, "One."), recording(2.0, None)]).text is None


def test_a_long_recording_is_cut_in_a_pause_and_its_words_with_it():
    # One sentence every 2.5 s, as `speech` pauses.
    sentences = [f"This is sentence {number:03d}." for number in range(40)]
    cut = trim(recording(100.0, " ".join(sentences)), 30.0)
    assert 27.0 < cut.seconds <= 30.0
    assert cut.seconds % 2.5 == pytest.approx(2.25, abs=0.05)
    assert cut.text == " ".join(sentences[: round(cut.seconds / 2.5)])


def test_a_text_that_cannot_be_what_is_heard_is_left_out():
    assert trim(recording(60.0, "Hello."), 30.0).text is None


def test_a_long_recording_without_words_is_cut_in_a_pause():
    cut = trim(recording(60.0, None), 30.0)
    assert cut.text is None
    assert cut.seconds == pytest.approx(29.75, abs=0.05)


def test_a_text_without_punctuation_is_cut_between_words():
    words = " ".join(f"word{number:03d}" for number in range(200))
    cut = trim(recording(50.0, words), 30.0)
    assert words.startswith(cut.text)
    assert words[len(cut.text)] == " "
    assert len(cut.text) / len(words) == pytest.approx(cut.seconds / 50.0, abs=0.05)


def test_a_recording_of_another_rate_is_brought_to_24_khz(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, speech(2.0)[::2], 12_000)
    assert read_recording(Reference(path, None)).seconds == pytest.approx(2.0, abs=1e-3)


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros((2 * SAMPLE_RATE, 2)), "channels"),
        (np.zeros(600), "duration_s"),
        (np.zeros(0), "duration_s"),
        (np.zeros(2 * SAMPLE_RATE), "peak"),
    ],
    ids=["stereo", "tiny", "empty", "silent"],
)
def test_unusable_recordings_are_refused_with_the_reason(tmp_path, samples, reason):
    path = tmp_path / "bad.wav"
    soundfile.write(path, samples, SAMPLE_RATE)
    with pytest.raises(InvalidAudio) as caught:
        read_recording(Reference(path, "Words."))
    assert caught.value.data["reason"] == reason


def test_a_file_that_is_no_audio_is_refused(tmp_path):
    path = tmp_path / "bad.wav"
    path.write_bytes(b"nothing to hear")
    with pytest.raises(InvalidAudio, match="cannot be read"):
        read_recording(Reference(path, None))
