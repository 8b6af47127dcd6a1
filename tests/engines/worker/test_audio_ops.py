from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from sidecar.audio.encode import encode
from sidecar.audio.samples import Samples
from sidecar.engines.worker import audio_ops
from sidecar.engines.worker.audio_ops import OPERATIONS
from sidecar.engines.worker.control import OperationControl
from sidecar.errors import Cancelled, InvalidAudio
from tests.join_metrics import lufs, true_peak_db

RATE = 24_000
Call = Callable[..., dict[str, Any]]


@pytest.fixture
def call() -> Call:
    """Run an operation as the engine loop does; what comes back has been through strict JSON."""

    def run(operation: str, **params: Any) -> dict[str, Any]:
        result = OPERATIONS[operation](params, OperationControl(lambda progress: None))
        answer: dict[str, Any] = json.loads(json.dumps(result, allow_nan=False))
        return answer

    return run


@pytest.fixture(scope="session")
def syllables() -> Samples:
    """Three seconds of two vowels in turn, four syllables a second, between two seconds of faint noise, 24 kHz."""
    time = np.arange(3 * RATE) / RATE
    pitch = 120 * (1 + 0.1 * np.sin(2 * np.pi * 0.7 * time))
    harmonics = np.arange(1, 40)[:, None]
    first, second = np.where((time * 4).astype(int) % 2, [[270], [2_290]], [[730], [1_090]])
    strength = 1 / (1 + ((harmonics * pitch - first) / 60) ** 2) + 0.5 / (1 + ((harmonics * pitch - second) / 90) ** 2)
    tone = (strength * np.sin(harmonics * 2 * np.pi * np.cumsum(pitch) / RATE)).sum(axis=0)
    voice = tone * (0.55 - 0.45 * np.cos(2 * np.pi * 4 * time))
    noise = 0.0005 * np.random.default_rng(3).standard_normal(5 * RATE)
    return (np.pad(0.5 * voice / np.abs(voice).max(), (RATE, RATE)) + noise).astype(np.float32)


@pytest.fixture
def spoken(syllables: Samples, tmp_path: Path) -> str:
    path = tmp_path / "spoken.wav"
    encode(path, [syllables], RATE, "wav")
    return str(path)


def test_a_recording_is_judged_measure_by_measure(call: Call, spoken: str) -> None:
    judged = call("audio.validate", path=spoken)
    assert judged["valid"], judged["message"]
    assert judged["duration_s"] == 5.0
    assert {"name", "measured", "minimum", "maximum", "unit", "passed", "severity", "message"} == set(
        judged["checks"][0]
    )


def test_a_silent_recording_is_judged_and_not_an_error(call: Call, tmp_path: Path) -> None:
    encode(tmp_path / "silent.wav", [np.zeros(3 * RATE, np.float32)], RATE, "wav")
    judged = call("audio.validate", path=str(tmp_path / "silent.wav"))
    assert not judged["valid"]
    assert "allowed is at least -40 dBFS" in judged["message"]


def test_a_sample_is_imported_as_a_repaired_24_khz_wav(call: Call, spoken: str, tmp_path: Path) -> None:
    out = tmp_path / "sample.part"
    sample = call("audio.import_sample", path=spoken, out_path=str(out))
    samples, rate = soundfile.read(out)
    assert (rate, sample["sample_rate"], samples.size / rate) == (RATE, RATE, sample["duration_s"])
    assert sample["metrics"]["rms_db"] == pytest.approx(-20.0, abs=0.1)
    assert sample["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert (sample["source_start_s"], sample["source_end_s"]) == pytest.approx((0.9, 4.1), abs=0.1)


def test_only_the_asked_range_is_imported(call: Call, spoken: str, tmp_path: Path) -> None:
    sample = call("audio.import_sample", path=spoken, out_path=str(tmp_path / "s"), start_s=1.5, end_s=3.75)
    assert (sample["source_start_s"], sample["source_end_s"]) == pytest.approx((1.5, 3.75), abs=0.06)


def test_a_long_recording_is_imported_by_its_best_part(call: Call, syllables: Samples, tmp_path: Path) -> None:
    encode(tmp_path / "long.flac", [np.tile(syllables, 9)], RATE, "flac")
    sample = call("audio.import_sample", path=str(tmp_path / "long.flac"), out_path=str(tmp_path / "s"))
    assert 20.0 < sample["duration_s"] <= 30.0
    assert sample["source_end_s"] - sample["source_start_s"] == pytest.approx(sample["duration_s"])
    assert any("45.0 s that were searched" in warning for warning in sample["warnings"])


def test_clipping_of_the_source_is_still_told_after_levelling(call: Call, syllables: Samples, tmp_path: Path) -> None:
    encode(tmp_path / "hot.wav", [syllables * 3], RATE, "wav")
    sample = call("audio.import_sample", path=str(tmp_path / "hot.wav"), out_path=str(tmp_path / "s"))
    assert 0.001 < sample["metrics"]["clipping"] < 0.05
    assert any("clipped" in warning for warning in sample["warnings"])


@pytest.mark.parametrize(
    ("gain", "seconds", "reason"), [(0.0, 3.0, "silent"), (0.002, 5.0, "rms"), (1.0, 2.0, "duration")]
)
def test_an_unusable_sample_is_refused_and_nothing_is_written(
    gain: float, seconds: float, reason: str, call: Call, syllables: Samples, tmp_path: Path
) -> None:
    encode(tmp_path / "bad.wav", [syllables[: round(seconds * RATE)] * np.float32(gain)], RATE, "wav")
    with pytest.raises(InvalidAudio) as caught:
        call("audio.import_sample", path=str(tmp_path / "bad.wav"), out_path=str(tmp_path / "s"))
    assert caught.value.data["reason"] == reason
    assert caught.value.data["measured"] < caught.value.data["limit"]
    assert not (tmp_path / "s").exists()


def test_a_conversion_keeps_the_rate_unless_asked(call: Call, spoken: str, tmp_path: Path) -> None:
    kept = call("audio.convert", path=spoken, out_path=str(tmp_path / "a"), format="flac")
    asked = call("audio.convert", path=spoken, out_path=str(tmp_path / "b"), format="mp3", sample_rate=16_000)
    assert (kept["sample_rate"], asked["sample_rate"]) == (RATE, 16_000)
    assert kept["duration_s"] == asked["duration_s"] == 5.0
    assert asked["size_bytes"] == (tmp_path / "b").stat().st_size
    assert call("audio.probe", path=asked["path"])["container"] == "mp3"


def test_a_whole_recording_is_imported_at_24_khz(call: Call, spoken: str, tmp_path: Path) -> None:
    low = call("audio.convert", path=spoken, out_path=str(tmp_path / "low"), format="wav", sample_rate=8_000)
    imported = call("audio.import_recording", path=low["path"], out_path=str(tmp_path / "r"), format="flac")
    assert (imported["duration_s"], imported["sample_rate"]) == (5.0, RATE)
    assert call("audio.probe", path=str(tmp_path / "r"))["codec"] == "flac"


def test_a_recording_that_lasts_longer_than_a_day_is_not_written_on_and_on(
    call: Call, spoken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert audio_ops.LONGEST_RECORDING_S == 24 * 3_600
    monkeypatch.setattr(audio_ops, "LONGEST_RECORDING_S", 4.5)
    with pytest.raises(InvalidAudio, match=r"Import it in parts\.") as caught:
        call("audio.import_recording", path=spoken, out_path=str(tmp_path / "r"))
    assert caught.value.data == {"reason": "too_long", "limit": 4.5}
    monkeypatch.setattr(audio_ops, "LONGEST_RECORDING_S", 5.0)
    assert call("audio.import_recording", path=spoken, out_path=str(tmp_path / "r"))["duration_s"] == 5.0


def test_a_take_lasts_as_long_as_its_parts_and_pauses(call: Call, spoken: str, tmp_path: Path) -> None:
    joined = call("audio.join", parts=[None, spoken, spoken], pauses_s=[0.7, 0.5, 0.25], out_path=str(tmp_path / "j"))
    samples, _ = soundfile.read(tmp_path / "j")
    sizes = [round(part["duration_s"] * RATE) for part in joined["parts"]]
    assert sizes[0] == 0
    assert sizes[1] == sizes[2] == pytest.approx(3.1 * RATE, abs=0.1 * RATE)
    assert samples.size == sum(sizes) + round(1.45 * RATE)
    assert (joined["paused_s"], joined["overlapped_s"]) == (pytest.approx(1.45), 0.0)
    assert joined["duration_s"] == samples.size / RATE
    starts = [round(part["start_s"] * RATE) for part in joined["parts"]]
    assert np.array_equal(samples[starts[1] :][: sizes[1]], samples[starts[2] :][: sizes[2]])


def test_what_overlaps_is_told_and_taken_from_the_length(call: Call, spoken: str, tmp_path: Path) -> None:
    apart, together = (
        call("audio.join", parts=[spoken] * 3, pauses_s=[], crossfade_s=crossfade_s, out_path=str(tmp_path / "j"))
        for crossfade_s in (0.0, 0.05)
    )
    assert together["overlapped_s"] == pytest.approx(0.1)
    assert together["duration_s"] == pytest.approx(apart["duration_s"] - 0.1)


@pytest.mark.parametrize("target", [None, -30.0, -23.0, -16.0])
def test_a_take_is_levelled_and_what_is_told_of_it_is_so(
    target: float | None, call: Call, spoken: str, tmp_path: Path
) -> None:
    joined = call("audio.join", parts=[spoken] * 2, pauses_s=[0.5], out_path=str(tmp_path / "j"), loudness_lufs=target)
    samples, _ = soundfile.read(tmp_path / "j", dtype="float32")
    assert lufs(samples, RATE) == pytest.approx(target or -20.0, abs=0.3)
    assert true_peak_db(samples) <= -1.0
    assert joined["loudness_lufs"] == pytest.approx(lufs(samples, RATE), abs=0.01)
    assert joined["peak_db"] == pytest.approx(20 * np.log10(np.abs(samples).max()), abs=0.01)
    assert joined["duration_s"] == samples.size / RATE


def test_chunks_that_differ_in_level_stand_at_one_in_the_take(
    call: Call, syllables: Samples, spoken: str, tmp_path: Path
) -> None:
    encode(tmp_path / "soft.wav", [syllables * np.float32(0.2)], RATE, "wav")
    parts = [spoken, str(tmp_path / "soft.wav")]
    joined = call("audio.join", parts=parts, pauses_s=[0.2], out_path=str(tmp_path / "j"))
    samples, _ = soundfile.read(tmp_path / "j", dtype="float32")
    spans = [(round(part["start_s"] * RATE), round(part["duration_s"] * RATE)) for part in joined["parts"]]
    loud, soft = (lufs(samples[start : start + size], RATE) for start, size in spans)
    assert loud == pytest.approx(soft, abs=0.2)


@pytest.mark.parametrize("crossfade_s", [0.0, 0.05, 0.2])
def test_pieces_put_together_are_the_take(
    crossfade_s: float, call: Call, syllables: Samples, spoken: str, tmp_path: Path
) -> None:
    bare = str(tmp_path / "bare.wav")
    encode(Path(bare), [syllables[RATE - 600 : 4 * RATE + 300]], RATE, "wav")
    paths, pauses = [None, spoken, bare, spoken, spoken], [0.5, 0.0, 0.3, 0.0, 1.0]
    parts = [{"path": path, "pause_s": pause_s} for path, pause_s in zip(paths, pauses, strict=True)]
    pieces = [
        call("audio.piece", **part, previous=previous, crossfade_s=crossfade_s, last=part is parts[-1])
        for previous, part in zip([None, *parts[:-1]], parts, strict=True)
    ]
    call("audio.join", parts=paths, pauses_s=pauses, crossfade_s=crossfade_s, out_path=str(tmp_path / "j"))
    take, _ = soundfile.read(tmp_path / "j", dtype="int16")
    assert b"".join(base64.b64decode(piece["data"]) for piece in pieces) == take.tobytes()


def test_a_text_of_nothing_but_a_pause_is_silence(call: Call, tmp_path: Path) -> None:
    joined = call("audio.join", parts=[None], pauses_s=[1.5], out_path=str(tmp_path / "j"), loudness_lufs=-16.0)
    assert (joined["duration_s"], joined["loudness_lufs"]) == (1.5, None)
    piece = call("audio.piece", path=None, pause_s=1.5, previous=None, last=True)
    assert base64.b64decode(piece["data"]) == bytes(2 * 36_000)


def test_a_waveform_is_drawn(call: Call, spoken: str) -> None:
    drawn = call("audio.waveform", path=spoken, buckets=50)
    assert len(drawn["minimum"]) == len(drawn["maximum"]) == 50
    assert max(drawn["maximum"][:9]) < 0.01 < max(drawn["maximum"])


@pytest.mark.parametrize("operation", ["audio.import_recording", "audio.convert", "audio.import_sample"])
def test_a_cancelled_operation_stops(operation: str, spoken: str, tmp_path: Path) -> None:
    control = OperationControl(lambda progress: None)
    control.cancel()
    with pytest.raises(Cancelled):
        OPERATIONS[operation]({"path": spoken, "out_path": str(tmp_path / "x"), "format": "wav"}, control)


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("audio.convert", {"format": "flac"}),
        ("audio.import_recording", {}),
        ("audio.waveform", {"buckets": 10}),
        ("audio.join", {"loudness_lufs": -20.0}),
    ],
)
def test_what_may_last_long_gives_signs_of_going_on_and_stops_when_cancelled(
    spoken: str, tmp_path: Path, operation: str, params: dict[str, Any]
) -> None:
    asked = {"path": spoken, "parts": [spoken], "pauses_s": [0.0], "out_path": str(tmp_path / "out"), **params}
    told: list[dict[str, Any]] = []
    OPERATIONS[operation](asked, OperationControl(told.append))
    assert told
    control = OperationControl(told.append)
    control.cancel()
    with pytest.raises(Cancelled):
        OPERATIONS[operation](asked, control)
