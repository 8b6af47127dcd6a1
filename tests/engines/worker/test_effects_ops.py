from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from sidecar.audio.samples import Samples, decibels, peak
from sidecar.engines.worker.control import OperationControl
from sidecar.engines.worker.effects_ops import OPERATIONS
from sidecar.errors import Cancelled, NotFound
from sidecar.services.effects.chains import whole
from sidecar.services.effects.table import PRESETS

HALF_STEP_DB = 0.0005
"""Half a step of 16 bits at -1 dBFS."""


def apply(source: Path, out: Path, *links: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Run the operation as the engine loop does; what comes back has been through strict JSON."""
    params = {"path": str(source), "out_path": str(out), "effects": whole(links)} | more
    result = OPERATIONS["effects.apply"](params, OperationControl(lambda progress: None))
    answer: dict[str, Any] = json.loads(json.dumps(result, allow_nan=False))
    return answer


def link(type: str, **params: float) -> dict[str, Any]:
    return {"type": type, "params": params}


def written(path: Path, samples: Samples, rate: int) -> Path:
    soundfile.write(path, samples, rate, subtype="FLOAT", format="WAV")
    return path


def sweep(rate: int, seconds: float = 2.0, amplitude: float = 0.5) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * (120 + 40 * time) * time)).astype(np.float32)


@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100])
def test_a_version_keeps_its_own_rate(rate: int, tmp_path: Path) -> None:
    source = written(tmp_path / "source.wav", sweep(rate), rate)
    made = apply(source, tmp_path / "out.part", link("gain", gain_db=-6.0))
    samples, out_rate = soundfile.read(tmp_path / "out.part", dtype="float32")
    assert (out_rate, made["sample_rate"], samples.size) == (rate, rate, 2 * rate)
    assert decibels(peak(samples)) == pytest.approx(decibels(0.5) - 6.0, abs=0.01)
    assert made == {"duration_s": 2.0, "sample_rate": rate, "gain_db": 0.0}


@pytest.mark.parametrize("gain_db", [3.0, 20.0, 40.0])
def test_no_peak_is_ever_above_minus_one(gain_db: float, tmp_path: Path) -> None:
    source = written(tmp_path / "source.wav", sweep(24_000), 24_000)
    made = apply(source, tmp_path / "out", link("gain", gain_db=gain_db), link("reverb"))
    samples, _ = soundfile.read(tmp_path / "out", dtype="float32")
    assert -1.01 < decibels(peak(samples)) <= -1.0
    assert made["gain_db"] < 0.0


def test_a_turned_down_result_has_the_shape_of_the_loud_one(tmp_path: Path) -> None:
    source = written(tmp_path / "source.wav", sweep(24_000), 24_000)
    apply(source, tmp_path / "loud", link("gain", gain_db=30.0))
    samples, _ = soundfile.read(tmp_path / "loud", dtype="float32")
    expected = sweep(24_000) * peak(samples) / 0.5
    assert np.abs(samples - expected).max() < 1e-4


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_every_preset_speaks_within_the_limit(preset: Any, tmp_path: Path) -> None:
    source = written(tmp_path / "source.wav", sweep(24_000, amplitude=0.9), 24_000)
    apply(source, tmp_path / "out", *preset.effects)
    samples, _ = soundfile.read(tmp_path / "out", dtype="float32")
    assert -25.0 < decibels(peak(samples)) <= -1.0 + HALF_STEP_DB


def test_a_preview_is_of_the_first_seconds(tmp_path: Path) -> None:
    source = written(tmp_path / "source.wav", sweep(24_000, 12.0), 24_000)
    assert apply(source, tmp_path / "out", link("gain"), max_s=10.0)["duration_s"] == 10.0


def test_the_same_chain_makes_the_same_bytes(tmp_path: Path) -> None:
    source = written(tmp_path / "source.wav", sweep(24_000), 24_000)
    for name in ("first", "second"):
        apply(source, tmp_path / name, link("chorus"), link("pitch_shift"), link("formant_pitch_shift"))
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_silence_stays_silence(tmp_path: Path) -> None:
    source = written(tmp_path / "source.wav", np.zeros(24_000, np.float32), 24_000)
    assert apply(source, tmp_path / "out", link("gain", gain_db=40.0))["gain_db"] == 0.0


def test_it_can_be_cancelled(tmp_path: Path) -> None:
    source = written(tmp_path / "source.wav", sweep(24_000), 24_000)
    control = OperationControl(lambda progress: None)
    control.cancel()
    params = {"path": str(source), "out_path": str(tmp_path / "out"), "effects": whole([link("gain")])}
    with pytest.raises(Cancelled):
        OPERATIONS["effects.apply"](params, control)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"gone\.wav"):
        apply(tmp_path / "gone.wav", tmp_path / "out", link("gain"))
