"""Joins of real speech: exact to the sample, at the loudness that was asked for, without a click or a cut word."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from sidecar.audio.clicks import largest_click
from sidecar.audio.samples import Samples, rms
from sidecar.audio.soundness import LARGEST_CLICK
from sidecar.audio.trim import voice_bounds
from sidecar.audio.voice_activity import open_model, speech_spans
from sidecar.engines.base import Utterance, Voice
from sidecar.engines.kokoro.adapter import KokoroEngine
from sidecar.engines.worker.audio_ops import OPERATIONS
from sidecar.engines.worker.control import OperationControl
from tests.join_metrics import joints, largest_jump, lufs, true_peak_db
from tests.speech_metrics import MODELS, Quiet

pytestmark = pytest.mark.models

RATE = 24_000
LARGEST_JUMP = 0.01
"""At joints they are up to 0.0035; within the speech of the same takes the steps reach 0.6 to 1.6."""
TEXTS = ("Half of them stopped.", "The soft cushion broke the man's fall.", "She has six of these.")


@pytest.fixture(scope="module")
def chunks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    """The texts in a man's and in a woman's voice, as Kokoro leaves them."""
    engine = KokoroEngine(MODELS / "kokoro-82m", "cpu")
    folder, paths = tmp_path_factory.mktemp("chunks"), []
    for voice in ("am_michael", "bf_emma"):
        prompt = engine.prepare(Voice("preset", voice), Quiet())
        for text in TEXTS:
            paths.append(folder / f"{len(paths)}.wav")
            take = np.concatenate(list(engine.speak(prompt, Utterance(text, "en", seed=1), Quiet())))
            soundfile.write(paths[-1], take, engine.sample_rate, subtype="FLOAT")
    yield paths
    engine.close()


def joined(chunks: list[Path], out_path: Path, pause_s: float = 0.3, **more: Any) -> tuple[dict[str, Any], Samples]:
    params = {"parts": [str(chunk) for chunk in chunks], "pauses_s": [pause_s] * len(chunks), "out_path": str(out_path)}
    told = OPERATIONS["audio.join"](params | more, OperationControl(lambda progress: None))
    samples, _ = soundfile.read(out_path, dtype="float32")
    return told, samples


def spans_of(told: dict[str, Any]) -> list[tuple[int, int]]:
    starts = [round(part["start_s"] * RATE) for part in told["parts"]]
    sizes = [round(part["duration_s"] * RATE) for part in told["parts"]]
    return [(start, start + size) for start, size in zip(starts, sizes, strict=True)]


@pytest.mark.parametrize("target", [-23.0, -18.0, -16.0, -14.0])
@pytest.mark.parametrize(("pause_s", "crossfade_s"), [(0.3, 0.0), (0.0, 0.05)])
def test_a_take_is_exact_in_length_loudness_and_peak(
    target: float, pause_s: float, crossfade_s: float, chunks: list[Path], tmp_path: Path
) -> None:
    told, samples = joined(chunks, tmp_path / "take.wav", pause_s, crossfade_s=crossfade_s, loudness_lufs=target)
    parts = sum(end - start for start, end in spans_of(told))
    overlaps = round(told["overlapped_s"] * RATE)
    assert samples.size == parts + len(chunks) * round(pause_s * RATE) - overlaps
    assert (overlaps > 0) == (crossfade_s > 0)
    assert lufs(samples, RATE) == pytest.approx(target, abs=0.5)
    assert true_peak_db(samples) <= -1.0


def test_all_chunks_of_all_voices_are_equally_loud(chunks: list[Path], tmp_path: Path) -> None:
    told, samples = joined(chunks, tmp_path / "take.wav")
    levels = [lufs(samples[start:end], RATE) for start, end in spans_of(told)]
    assert max(levels) - min(levels) < 0.3
    assert true_peak_db(samples) <= -1.0


@pytest.mark.parametrize(("pause_s", "crossfade_s"), [(0.3, 0.0), (0.0, 0.0), (0.0, 0.05), (0.1, 0.2)])
@pytest.mark.parametrize("target", [None, -14.0])
def test_joints_do_not_click(
    pause_s: float, crossfade_s: float, target: float | None, chunks: list[Path], tmp_path: Path
) -> None:
    told, samples = joined(chunks, tmp_path / "take.wav", pause_s, crossfade_s=crossfade_s, loudness_lufs=target)
    assert largest_jump(samples, joints(told["parts"], RATE)) < LARGEST_JUMP
    assert largest_click(samples, RATE)[0] < LARGEST_CLICK


def test_a_crossfade_overlaps_no_speech(chunks: list[Path], tmp_path: Path) -> None:
    told, samples = joined(chunks, tmp_path / "take.wav", 0.0, crossfade_s=0.1)
    spans = spans_of(told)
    assert told["overlapped_s"] > 0.2
    for (_, end), (start, _) in pairwise(spans):
        assert start < end
        assert rms(samples[start:end]) < 0.005


def test_all_that_sounds_is_kept(chunks: list[Path]) -> None:
    for chunk in chunks:
        samples, _ = soundfile.read(chunk, dtype="float32")
        bounds = voice_bounds(samples, RATE, open_model())
        assert bounds is not None
        first, last = bounds
        cut = np.concatenate([samples[: first - 1_200], samples[last + 1_200 :]])
        assert rms(cut) < 0.003 * rms(samples[first:last])
        spans = speech_spans(samples, RATE)
        assert first <= spans[0][0] * RATE
        assert last >= spans[-1][1] * RATE - 1
