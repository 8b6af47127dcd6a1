from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sidecar.audio.encode import write_wav
from sidecar.audio.levelling import level_wav
from sidecar.audio.loudness import LoudnessMeter
from sidecar.audio.samples import Samples
from sidecar.errors import Cancelled
from tests.join_metrics import lufs, true_peak_db

RATE = 24_000


def levelled(path: Path, samples: Samples, target: float) -> Samples:
    meter = LoudnessMeter(RATE)
    meter.add(samples)
    write_wav(path, samples, RATE)
    told = level_wav(path, RATE, meter, target, lambda: None)
    result, _ = soundfile.read(path, dtype="float32")
    assert told.lufs == pytest.approx(lufs(result, RATE), abs=0.01)
    return np.asarray(result)


@pytest.mark.parametrize("target", [-40.0, -30.0, -23.0, -18.0, -16.0, -14.0])
def test_any_target_is_reached_under_the_peak(target: float, recording: Samples, tmp_path: Path) -> None:
    result = levelled(tmp_path / "take.wav", recording, target)
    assert lufs(result, RATE) == pytest.approx(target, abs=0.15)
    assert true_peak_db(result) <= -1.0
    assert result.size == recording.size


@pytest.mark.parametrize("target", [-23.0, -18.0, -16.0, -14.0])
def test_a_voice_with_high_peaks_reaches_it_too(target: float, recording: Samples, tmp_path: Path) -> None:
    spiky = recording * np.float32(0.2)
    spiky[RATE + 3_000 : 4 * RATE : 4_000] *= 12.0
    result = levelled(tmp_path / "take.wav", spiky, target)
    assert lufs(result, RATE) == pytest.approx(target, abs=0.5)
    assert true_peak_db(result) <= -1.0


def test_a_target_out_of_reach_is_missed_from_below(recording: Samples, tmp_path: Path) -> None:
    result = levelled(tmp_path / "take.wav", recording, -8.0)
    assert -14.0 < lufs(result, RATE) < -8.0
    assert true_peak_db(result) <= -1.0


def test_a_long_take_is_levelled_in_blocks(recording: Samples, tmp_path: Path) -> None:
    result = levelled(tmp_path / "take.wav", np.tile(recording * np.float32(0.3), 9), -16.0)
    assert lufs(result, RATE) == pytest.approx(-16.0, abs=0.15)
    assert true_peak_db(result) <= -1.0


def test_silence_stays_silence(tmp_path: Path) -> None:
    path = tmp_path / "silence.wav"
    write_wav(path, np.zeros(RATE, np.float32), RATE)
    before = path.read_bytes()
    assert level_wav(path, RATE, LoudnessMeter(RATE), -16.0, lambda: None).lufs is None
    assert path.read_bytes() == before


def test_the_same_samples_make_the_same_bytes(recording: Samples, tmp_path: Path) -> None:
    levelled(tmp_path / "a.wav", recording, -16.0)
    levelled(tmp_path / "b.wav", recording, -16.0)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_who_stops_it_finds_the_file_as_it_was(recording: Samples, tmp_path: Path) -> None:
    path, meter = tmp_path / "take.wav", LoudnessMeter(RATE)
    meter.add(recording)
    write_wav(path, recording, RATE)
    before = path.read_bytes()

    def stop() -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        level_wav(path, RATE, meter, -16.0, stop)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
