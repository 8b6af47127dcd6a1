from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from sidecar.audio.decode import decode
from sidecar.audio.encode import encode
from sidecar.audio.samples import Samples
from sidecar.engines.whisper import Transcript, Whisper
from sidecar.engines.worker.control import OperationControl
from sidecar.errors import Cancelled, ModelUnavailable, Unsupported
from sidecar.text.comparison import word_error_rate

MODELS = Path(__file__).parents[2] / ".models"
TWO_CITIES = MODELS / "recordings" / "two_cities.wav"
RATE = 16_000

pytestmark = [
    pytest.mark.models,
    pytest.mark.skipif(not (MODELS / "whisper-base").is_dir() or not TWO_CITIES.exists(), reason="no models here"),
]
Write = Callable[..., Transcript]


@pytest.fixture(scope="module")
def base() -> Iterator[Whisper]:
    model = Whisper(MODELS / "whisper-base", "cpu")
    yield model
    model.close()


@pytest.fixture(scope="module")
def tiny() -> Iterator[Whisper]:
    model = Whisper(MODELS / "whisper-tiny.en", "cpu")
    yield model
    model.close()


@pytest.fixture(scope="module")
def opening() -> Samples:
    """The first fifteen seconds of A Tale of Two Cities, 16 kHz."""
    return decode(TWO_CITIES, RATE, end_s=15.0)


def written(
    model: Whisper, path: Path, language: str | None = None, *, words: bool = True, vad: bool = True
) -> Transcript:
    control = OperationControl(lambda progress: None)
    return model.transcribe(path, language=language, words=words, vad=vad, control=control)


def plain(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def assert_in_order(transcript: Transcript) -> None:
    times = [time for word in transcript.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert times[0] >= 0.0
    assert times[-1] <= transcript.duration_s
    assert all(0.0 <= word.probability <= 1.0 for word in transcript.words)


def test_a_real_reader_is_understood(base: Whisper) -> None:
    transcript = written(base, TWO_CITIES)
    text = " ".join(plain(transcript.text))
    assert text.startswith("it was the best of times it was the worst of times it was the age of wisdom")
    assert "the winter of despair" in text
    assert text.endswith("superlative degree of comparison only")
    assert transcript.language == "en"
    assert transcript.duration_s == pytest.approx(44.37, abs=0.01)
    assert plain(" ".join(word.word for word in transcript.words)) == plain(transcript.text)
    assert plain(" ".join(segment.text for segment in transcript.segments)) == plain(transcript.text)
    assert_in_order(transcript)


def test_words_are_where_they_are_said(tiny: Whisper, opening: Samples, tmp_path: Path) -> None:
    encode(tmp_path / "late.wav", [np.zeros(40 * RATE, np.float32), opening], RATE, "wav")
    early, late = written(tiny, TWO_CITIES), written(tiny, tmp_path / "late.wav")
    assert late.words[0].start_s == pytest.approx(early.words[0].start_s + 40.0, abs=0.5)
    assert late.words[10].start_s == pytest.approx(early.words[10].start_s + 40.0, abs=0.5)


def test_a_recording_of_several_windows_keeps_its_last_words(tiny: Whisper, tmp_path: Path) -> None:
    reading = decode(TWO_CITIES, RATE)
    encode(tmp_path / "long.flac", [np.tile(reading, 8)], RATE, "flac")
    once, transcript = written(tiny, TWO_CITIES), written(tiny, tmp_path / "long.flac")
    # Which few words this small model mishears depends on how a processor computes int8.
    assert word_error_rate(" ".join([once.text] * 8), transcript.text, "en") < 0.03
    assert transcript.duration_s == pytest.approx(8 * reading.size / RATE, abs=0.01)
    ends = [word.end_s for word in transcript.words]
    for last in (once.words[-1].end_s + number * reading.size / RATE for number in range(8)):
        assert min(abs(end - last) for end in ends) < 0.5, f"nothing is heard up to {last:.1f} s"
    assert_in_order(transcript)


@pytest.mark.parametrize("name", ["flac", "mp3", "opus", "m4a"])
def test_every_container_is_written_down_alike(name: str, tiny: Whisper, opening: Samples, tmp_path: Path) -> None:
    encode(tmp_path / "voice.wav", [opening], RATE, "wav")
    encode(tmp_path / f"voice.{name}", [opening], RATE, name)
    expected = plain(written(tiny, tmp_path / "voice.wav", words=False).text)
    assert plain(written(tiny, tmp_path / f"voice.{name}", words=False).text) == expected
    assert len(expected) > 20


def test_the_sound_of_a_webm_video_is_written_down(tiny: Whisper, opening: Samples, tmp_path: Path) -> None:
    encode(tmp_path / "voice.opus", [opening], RATE, "opus")
    with av.open(str(tmp_path / "voice.opus")) as source, av.open(str(tmp_path / "voice.webm"), "w") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    assert "best of times" in written(tiny, tmp_path / "voice.webm", words=False).text


@pytest.mark.parametrize("vad", [True, False])
def test_silence_has_no_words(base: Whisper, vad: bool, tmp_path: Path) -> None:
    encode(tmp_path / "silence.wav", [np.zeros(20 * RATE, np.float32)], RATE, "wav")
    assert written(base, tmp_path / "silence.wav", vad=vad) == Transcript(duration_s=20.0)


def test_noise_has_no_words(base: Whisper, tmp_path: Path) -> None:
    noise = np.random.default_rng(5).normal(0, 0.05, 20 * RATE).astype(np.float32)
    encode(tmp_path / "noise.wav", [noise], RATE, "wav")
    assert written(base, tmp_path / "noise.wav").text == ""


def test_an_english_model_refuses_another_language(tiny: Whisper) -> None:
    with pytest.raises(Unsupported, match="multilingual"):
        written(tiny, TWO_CITIES, "de")


def test_a_language_that_no_model_knows_is_refused(base: Whisper) -> None:
    with pytest.raises(Unsupported):
        written(base, TWO_CITIES, "tlh")


def test_a_cancelled_transcription_stops_between_phrases(tiny: Whisper) -> None:
    control = OperationControl(lambda progress: control.cancel())
    with pytest.raises(Cancelled):
        tiny.transcribe(TWO_CITIES, language=None, words=False, vad=True, control=control)


def test_progress_is_told_in_seconds_of_the_recording(tiny: Whisper) -> None:
    told: list[tuple[float, float]] = []
    control = OperationControl(lambda progress: told.append((progress["completed"], progress["total"])))
    tiny.transcribe(TWO_CITIES, language="en", words=False, vad=True, control=control)
    assert told == sorted(told)
    assert all(0.0 < completed <= total == pytest.approx(44.374, abs=0.01) for completed, total in told)


def test_an_incomplete_folder_is_an_unavailable_model(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"model\.bin"):
        Whisper(tmp_path, "cpu")


def test_a_damaged_model_is_an_unavailable_model(tmp_path: Path) -> None:
    for source in (MODELS / "whisper-tiny.en").iterdir():
        (tmp_path / source.name).write_bytes(source.read_bytes()[:100_000])
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        Whisper(tmp_path, "cpu")


def test_nothing_is_printed(tiny: Whisper, capfd: pytest.CaptureFixture[str]) -> None:
    written(tiny, TWO_CITIES)
    assert capfd.readouterr().out == ""
