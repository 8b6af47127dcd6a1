from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sidecar.audio.encode import Layout, encode
from sidecar.audio.timeline.crossing import nearest_crossing
from sidecar.audio.timeline.take_in import take_in
from sidecar.errors import InvalidAudio


def quiet(stage: str, completed_s: float, total_s: float) -> None:
    """For work that nobody watches."""


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [11_025, 44_100, 96_000])
def test_a_recording_is_taken_in_to_the_last_bit(subtype: str, channels: int, rate: int, tmp_path: Path) -> None:
    given, kept = tmp_path / "given.wav", tmp_path / "kept.flac"
    soundfile.write(given, np.random.default_rng(0).normal(0.0, 0.2, (12_345, channels)), rate, subtype)
    taken = take_in(given, kept, quiet)
    assert (taken.frames, taken.sample_rate, taken.channels) == (12_345, rate, channels)
    assert np.array_equal(soundfile.read(kept, dtype="int32")[0], soundfile.read(given, dtype="int32")[0])
    assert soundfile.info(kept).subtype == subtype


def test_a_compressed_recording_keeps_both_channels_and_its_rate(tmp_path: Path) -> None:
    time_s = np.arange(44_100) / 44_100
    sides = [0.3 * np.sin(2 * np.pi * frequency * time_s) for frequency in (440.0, 1_000.0)]
    encode(tmp_path / "given.mp3", [np.stack(sides, axis=1).astype(np.float32)], 44_100, "mp3", layout=Layout(2))
    taken = take_in(tmp_path / "given.mp3", tmp_path / "kept.flac", quiet)
    heard = soundfile.read(tmp_path / "kept.flac")[0][4_000:40_000]
    assert (taken.sample_rate, taken.channels) == (44_100, 2)
    for side, frequency in zip(heard.T, (440.0, 1_000.0), strict=True):
        assert np.argmax(np.abs(np.fft.rfft(side))) * 44_100 / 36_000 == pytest.approx(frequency, abs=1.3)


def test_more_than_two_channels_become_stereo(tmp_path: Path) -> None:
    sides = np.zeros((9_000, 6))
    sides[:, 0] = 0.3
    soundfile.write(tmp_path / "given.wav", sides, 48_000)
    taken = take_in(tmp_path / "given.wav", tmp_path / "kept.flac", quiet)
    assert (taken.frames, taken.channels) == (9_000, 2)
    left, right = soundfile.read(tmp_path / "kept.flac")[0].T
    assert left.min() > 0.05
    assert not right.any()


def test_what_is_no_recording_is_not_taken_in(tmp_path: Path) -> None:
    (tmp_path / "given.wav").write_bytes(b"I am a text." * 100)
    with pytest.raises(InvalidAudio):
        take_in(tmp_path / "given.wav", tmp_path / "kept.flac", quiet)


def test_the_nearest_zero_crossing_is_found(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 100 * (np.arange(24_000) + 0.5) / 24_000)
    soundfile.write(tmp_path / "tone.wav", np.stack([tone, tone], axis=1), 24_000)
    path = tmp_path / "tone.wav"
    near = [nearest_crossing(path, at, 100) for at in (50, 119, 120, 190, 23_990)]
    assert near == [120, 120, 120, 240, 24_000]
    assert nearest_crossing(path, 60, 20) == 60


def test_without_a_crossing_nearby_the_place_stays(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "dc.wav", np.full(9_000, 0.5), 24_000)
    assert nearest_crossing(tmp_path / "dc.wav", 4_000, 500) == 4_000
