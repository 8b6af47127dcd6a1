"""The pitch of a voice."""

from __future__ import annotations

import numpy as np
import pytest

from sidecar.engines.base import Samples
from sidecar.engines.kokoro.pitch import median_pitch, pitch_track

RATE = 24_000


def voiced(pitch_hz: float, seconds: float = 1.0) -> Samples:
    """A buzz of ten harmonics, falling by 6 dB an octave, as a larynx makes it."""
    time = np.arange(int(RATE * seconds)) / RATE
    harmonics = np.arange(1, 11)
    waves = np.sin(2 * np.pi * pitch_hz * np.outer(harmonics, time) + harmonics[:, np.newaxis])
    return np.asarray(0.1 * np.sum(waves / harmonics[:, np.newaxis], axis=0), np.float32)


@pytest.mark.parametrize("pitch_hz", [60.0, 87.3, 120.0, 219.7, 330.0, 480.0])
def test_the_pitch_of_a_buzz_is_found_within_a_tenth_of_a_semitone(pitch_hz: float) -> None:
    assert median_pitch(voiced(pitch_hz), RATE) == pytest.approx(pitch_hz, rel=0.005)


def test_a_missing_fundamental_does_not_raise_the_pitch_by_an_octave() -> None:
    time = np.arange(RATE) / RATE
    telephone = sum(np.sin(2 * np.pi * 110 * harmonic * time) for harmonic in (3, 4, 5, 6))
    assert median_pitch(np.asarray(0.1 * telephone, np.float32), RATE) == pytest.approx(110, rel=0.005)


def test_the_quiet_half_of_a_recording_does_not_count() -> None:
    both = np.concatenate([voiced(120, 1.0), 0.001 * voiced(240, 3.0)])
    assert median_pitch(both, RATE) == pytest.approx(120, rel=0.01)


@pytest.mark.parametrize("kind", ["noise", "silence", "nothing", "a click"])
def test_what_has_no_pitch_has_none(kind: str) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, RATE).astype(np.float32)
    audio = {"noise": noise, "silence": 0 * noise, "nothing": noise[:0], "a click": noise[:10]}[kind]
    assert len(pitch_track(audio, RATE)) <= 1
