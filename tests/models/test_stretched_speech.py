"""Speech made faster and slower: the same pitch and the same words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import parselmouth
import pytest
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from sidecar.audio.decode import decode
from sidecar.audio.samples import Samples
from sidecar.audio.stretch import stretch
from sidecar.engines.base import Voice
from sidecar.engines.kokoro.adapter import KokoroEngine
from tests.speech_metrics import UNSEEN_SENTENCES, Quiet, load_whisper, speak, wrong_words

pytestmark = pytest.mark.models

RATE = 24_000
SPEEDS = (0.5, 0.8, 1.25, 2.0)
SPEAKERS = ("en_david", "en_sarah", "en_andrew")
PITCH_STEP_S = 0.005
VOICE_HZ = (60.0, 400.0)


@pytest.fixture(scope="module")
def whisper() -> WhisperModel:
    return load_whisper()


@pytest.fixture(scope="module")
def said(models_dir: Path) -> Samples:
    """Kokoro's clearest voice with sentences of common words."""
    engine = KokoroEngine(models_dir / "kokoro-82m", "cpu")
    return speak(engine, engine.prepare(Voice("preset", "af_heart"), Quiet()), UNSEEN_SENTENCES)


@pytest.fixture(params=SPEAKERS)
def speech(request: pytest.FixtureRequest, recordings: Path) -> Samples:
    return decode(recordings / f"{request.param}.wav", RATE, max_s=15.0)


def pitch_track(samples: Samples) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times (s) and pitch (Hz, 0 where there is none), by Praat."""
    track = parselmouth.Sound(samples.astype(np.float64), RATE).to_pitch(PITCH_STEP_S, *VOICE_HZ)
    return track.xs(), track.selected_array["frequency"]


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_voice_keeps_its_pitch(speech: Samples, speed: float) -> None:
    times, before = pitch_track(speech)
    stretched_times, after = pitch_track(stretch(speech, RATE, speed))
    voiced = (before > 0) & (np.interp(times / speed, stretched_times, (after > 0).astype(float)) == 1.0)
    cents = 1_200 * np.log2(np.interp(times / speed, stretched_times, after)[voiced] / before[voiced])
    assert voiced.sum() > 400
    # Sounds come up to 10 ms early or late, in which a falling voice falls by some cents.
    assert abs(np.median(cents)) < 6


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_clear_speech_is_understood(said: Samples, speed: float, whisper: WhisperModel) -> None:
    assert wrong_words(whisper, stretch(said, RATE, speed), RATE, UNSEEN_SENTENCES) <= 0.05
