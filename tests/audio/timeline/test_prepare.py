from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sidecar.audio.effects import Effect
from sidecar.audio.timeline.prepare import prepare
from sidecar.timeline import stretched_frames

RATE = 24_000
GAIN = Effect("gain", {"gain_db": -6.0})
DELAY = Effect("delay", {"delay_s": 0.5, "feedback": 0.0, "mix": 0.5})


def quiet(stage: str, completed_s: float, total_s: float) -> None:
    """For work that nobody watches."""


def tones(path: Path, seconds: float, *frequencies: float, rate: int = RATE) -> Path:
    time_s = np.arange(round(seconds * rate)) / rate
    sides = [0.4 * np.sin(2 * np.pi * frequency * time_s) for frequency in frequencies]
    soundfile.write(path, np.stack(sides, axis=1), rate, "FLOAT")
    return path


def pitch(samples: np.ndarray, rate: int = RATE) -> float:
    """The frequency of a tone in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


def test_each_channel_goes_through_the_chain_by_itself(tmp_path: Path) -> None:
    path = tones(tmp_path / "given.wav", 1.5, 440.0, 660.0)
    made = prepare(path, tmp_path / "made.wav", [GAIN], 1.0, quiet)
    assert (made.frames, made.sample_rate, made.channels) == (36_000, RATE, 2)
    given, heard = (soundfile.read(each)[0] for each in (path, tmp_path / "made.wav"))
    assert np.allclose(heard, given * 10 ** (-6 / 20), atol=1e-6)


def test_what_rings_on_is_there_behind_the_source(tmp_path: Path) -> None:
    path = tones(tmp_path / "given.wav", 1.0, 440.0)
    made = prepare(path, tmp_path / "made.wav", [DELAY], 1.0, quiet)
    given, heard = (soundfile.read(each)[0] for each in (path, tmp_path / "made.wav"))
    assert made.frames == round(1.5 * RATE)
    assert np.allclose(heard[RATE:], 0.5 * given[RATE // 2 :], atol=1e-3)


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.3, 2.0])
@pytest.mark.parametrize("seconds", [0.7, 31.0])
def test_another_speed_keeps_the_pitch_and_takes_its_time_to_the_frame(
    speed: float, seconds: float, tmp_path: Path
) -> None:
    path = tones(tmp_path / "given.wav", seconds, 440.0)
    made = prepare(path, tmp_path / "made.wav", [], speed, quiet)
    assert made.frames == stretched_frames(round(seconds * RATE), speed) == soundfile.info(tmp_path / "made.wav").frames
    heard = soundfile.read(tmp_path / "made.wav")[0]
    middle = heard[len(heard) // 4 : -len(heard) // 4]
    assert pitch(middle) == pytest.approx(440.0, abs=max(1.0, 2 * RATE / len(middle)))
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.4 / np.sqrt(2), rel=0.05)


def test_a_source_of_a_rate_that_no_effect_takes_is_brought_to_the_nearest(tmp_path: Path) -> None:
    path = tones(tmp_path / "given.wav", 1.0, 440.0, rate=96_000)
    made = prepare(path, tmp_path / "made.wav", [GAIN], 1.0, quiet)
    assert (made.frames, made.sample_rate) == (48_000, 48_000)
    assert pitch(soundfile.read(tmp_path / "made.wav")[0], 48_000) == pytest.approx(440.0, abs=2.0)


def test_progress_is_told_in_seconds(tmp_path: Path) -> None:
    heard: list[tuple[str, float, float]] = []
    path = tones(tmp_path / "given.wav", 3.0, 440.0, 660.0)
    prepare(path, tmp_path / "made.wav", [GAIN], 1.0, lambda *news: heard.append(news))
    assert heard == [("preparing", float(second), 3.0) for second in range(3)]
