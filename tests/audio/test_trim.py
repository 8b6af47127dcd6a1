from __future__ import annotations

import numpy as np
import pytest

from sidecar.audio.samples import Samples, amplitude, rms
from sidecar.audio.trim import voice_bounds
from sidecar.audio.voice_activity import Model, speech_spans

RATE = 24_000


def in_silence(samples: Samples) -> Samples:
    return np.pad(samples, RATE)


def consonant(vowels: Samples, level_db: float, seconds: float) -> Samples:
    """Noise so far below the vowels, as an s or an f is."""
    noise = np.random.default_rng(2).standard_normal(round(seconds * RATE))
    return (noise * rms(vowels) * amplitude(level_db)).astype(np.float32)


def test_the_voice_is_found_in_silence(vowels: Samples, model: Model) -> None:
    assert voice_bounds(in_silence(vowels), RATE, model) == pytest.approx((RATE, 4 * RATE), abs=0.06 * RATE)


def test_the_voice_is_found_in_steady_noise(recording: Samples, model: Model) -> None:
    assert voice_bounds(recording, RATE, model) == pytest.approx((RATE, 4 * RATE), abs=0.06 * RATE)


@pytest.mark.parametrize("level_db", [-20.0, -30.0, -40.0])
def test_soft_consonants_that_the_detector_does_not_hear_belong_to_the_voice(
    level_db: float, vowels: Samples, model: Model
) -> None:
    soft = consonant(vowels, level_db, 0.2)
    spoken = in_silence(np.concatenate([soft, vowels, soft]))
    assert speech_spans(spoken, RATE)[0][0] > 1.1
    bounds = voice_bounds(spoken, RATE, model)
    assert bounds is not None
    assert bounds[0] <= RATE
    assert bounds[1] >= spoken.size - RATE


@pytest.mark.parametrize("noise", [0.0, 0.001, 0.3])
def test_nobody_speaks_in_noise(noise: float, model: Model) -> None:
    samples = (noise * np.random.default_rng(5).standard_normal(2 * RATE)).astype(np.float32)
    assert voice_bounds(samples, RATE, model) is None
