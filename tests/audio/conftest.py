"""A voice-like signal that the voice activity detector takes for speech, and files made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sidecar.audio.encode import encode
from sidecar.audio.samples import Samples
from sidecar.audio.voice_activity import Model, open_model

RATE = 24_000
PITCH = 120.0
FORMANTS = np.array([[730, 1090, 2440], [270, 2290, 3010], [300, 870, 2240], [530, 1840, 2480]], float)
"""Peterson and Barney (1952), men's ah, ee, oo, eh: F1 to F3 in Hz."""


@pytest.fixture(scope="session")
def vowels() -> Samples:
    """Three seconds of four vowels in turn at 24 kHz, four syllables a second, peak 0.5."""
    time = np.arange(3 * RATE) / RATE
    formants = FORMANTS[(time * 4).astype(int) % len(FORMANTS)]
    pitch = PITCH * (1.0 + 0.1 * np.sin(2 * np.pi * 0.7 * time))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    voice: NDArray[np.float64] = np.zeros_like(time)
    for harmonic in range(1, 40):
        distance = (harmonic * pitch[:, None] - formants) / [60, 90, 120]
        voice += ([1.0, 0.5, 0.25] / (1 + distance**2)).sum(axis=1) * np.sin(harmonic * phase)
    voice *= 0.55 - 0.45 * np.cos(2 * np.pi * 4 * time)
    scaled: Samples = (0.5 * voice / np.abs(voice).max()).astype(np.float32)
    return scaled


@pytest.fixture(scope="session")
def model() -> Model:
    """The voice activity model, opened once."""
    return open_model()


@pytest.fixture(scope="session")
def hiss() -> Samples:
    """One second of noise at -60 dBFS, 24 kHz."""
    return (0.001 * np.random.default_rng(1).standard_normal(RATE)).astype(np.float32)


@pytest.fixture(scope="session")
def recording(vowels: Samples, hiss: Samples) -> Samples:
    """Hiss, three seconds of voice, hiss: five seconds at 24 kHz."""
    return np.concatenate([hiss, vowels + np.tile(hiss, 3), hiss])


@pytest.fixture
def recording_file(recording: Samples, tmp_path: Path) -> Path:
    """The recording as a 24 kHz WAV."""
    path = tmp_path / "recording 😀 'quoted'.wav"
    encode(path, [recording], RATE, "wav")
    return path
