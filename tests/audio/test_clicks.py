from __future__ import annotations

import numpy as np
import pytest

from sidecar.audio.clicks import largest_click
from sidecar.audio.samples import Samples
from sidecar.audio.soundness import LARGEST_CLICK

RATE = 24_000


def voice(pitch_hz: float = 120.0, seconds: float = 1.0) -> Samples:
    """Pulses of a voice, ringing as a throat rings, (samples,)."""
    pulses = np.zeros(round(seconds * RATE))
    pulses[:: round(RATE / pitch_hz)] = 1.0
    time = np.arange(300) / RATE
    throat = np.exp(-time * 400) * np.sin(2 * np.pi * 700 * time)
    return (0.3 * np.convolve(pulses, throat)[: pulses.size]).astype(np.float32)


def noise(seconds: float = 1.0) -> Samples:
    return np.random.default_rng(1).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)


@pytest.mark.parametrize("sound", [voice(80.0), voice(250.0), noise(), np.concatenate([voice(), noise(), voice()])])
def test_voices_and_consonants_are_no_clicks(sound: Samples) -> None:
    assert largest_click(sound, RATE)[0] < LARGEST_CLICK


@pytest.mark.parametrize("length", [1, 4, 8])
@pytest.mark.parametrize("at_s", [0.2, 0.73])
def test_a_click_is_found_where_it_is(length: int, at_s: float) -> None:
    sound = voice()
    sound[round(at_s * RATE) : round(at_s * RATE) + length] += 0.3
    ratio, found_s = largest_click(sound, RATE)
    assert ratio > LARGEST_CLICK
    assert found_s == pytest.approx(at_s, abs=0.001)


def test_a_click_in_silence_is_found() -> None:
    sound = np.concatenate([voice(), np.zeros(RATE, np.float32)])
    sound[round(1.5 * RATE)] = 0.2
    assert largest_click(sound, RATE)[1] == pytest.approx(1.5, abs=0.001)


def test_nothing_and_silence_have_no_click() -> None:
    assert largest_click(np.zeros(0, np.float32), RATE)[0] == 0.0
    assert largest_click(np.zeros(RATE, np.float32), RATE)[0] < 1.0
