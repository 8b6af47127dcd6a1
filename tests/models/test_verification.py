"""Verification with real speech and real recognition: what is wrong is caught and named, what is right passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from sidecar.audio.samples import Samples
from sidecar.engines.base import Utterance, Voice
from sidecar.engines.kokoro.adapter import KokoroEngine
from sidecar.engines.worker.control import OperationControl
from sidecar.engines.worker.models import LoadedModels
from sidecar.engines.worker.verification_ops import VerificationOperations
from tests.faulty_engine import Fault, FaultyEngine
from tests.speech_metrics import MODELS, Quiet

pytestmark = pytest.mark.models

TEXT = "The coffee is hot. Please sit down by the fire."
Say = Callable[..., Path]


@pytest.fixture(scope="module")
def kokoro() -> Iterator[KokoroEngine]:
    engine = KokoroEngine(MODELS / "kokoro-82m", "cpu")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def say(kokoro: KokoroEngine, tmp_path_factory: pytest.TempPathFactory) -> Say:
    folder = tmp_path_factory.mktemp("takes")

    def spoken(fault: Fault | None = None, voice: str = "af_heart", seed: int = 0) -> Path:
        path = folder / f"{fault}-{voice}-{seed}.wav"
        if not path.exists():
            engine = FaultyEngine(kokoro, fault) if fault else kokoro
            prompt = engine.prepare(Voice("preset", voice), Quiet())
            take: Samples = np.concatenate(list(engine.speak(prompt, Utterance(TEXT, "en", seed), Quiet())))
            soundfile.write(path, take, kokoro.sample_rate, subtype="FLOAT")
        return path

    return spoken


@pytest.fixture(scope="module")
def operations() -> VerificationOperations:
    return VerificationOperations(LoadedModels())


def checked(operations: VerificationOperations, operation: str, path: Path, **more: Any) -> dict[str, Any]:
    equipment = {
        "whisper": "whisper-base",
        "whisper_dir": str(MODELS / "whisper-base"),
        "whisper_bytes": {"cpu": 0},
        "device": "cpu",
    }
    params = {"path": str(path), "text": TEXT, "language": "en"} | equipment | more
    return operations.operations()[f"verification.{operation}"](params, OperationControl(lambda progress: None))


def names(result: dict[str, Any]) -> set[str]:
    return {reason["check"] for reason in result["reasons"]}


def test_a_sound_take_passes_and_is_heard_as_it_was_written(operations: VerificationOperations, say: Say) -> None:
    result = checked(operations, "full", say())
    assert result["passed"], result["reasons"]
    assert result["wer"] == 0.0
    assert "sit down by the fire" in result["heard"]
    assert 3.0 < result["rate"] < 7.0
    assert result["similarity"] is None


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        (Fault.LAST_WORD_DROPPED, {"last_word"}),
        (Fault.SENTENCE_REPEATED, {"added"}),
        (Fault.RUNS_ON, {"too_long", "added", "words"}),
        (Fault.SILENCE, {"edge", "too_short"}),
        (Fault.NOT_A_NUMBER, {"numbers"}),
        (Fault.CLICK, {"click"}),
        (Fault.HALF_SPEED, {"too_long"}),
    ],
)
def test_every_fault_is_caught_and_named(
    operations: VerificationOperations, say: Say, fault: Fault, named: set[str]
) -> None:
    result = checked(operations, "full", say(fault))
    assert not result["passed"]
    assert named <= names(result), result


@pytest.mark.parametrize("fault", [Fault.RUNS_ON, Fault.SILENCE, Fault.NOT_A_NUMBER, Fault.CLICK, Fault.HALF_SPEED])
def test_what_is_wrong_beside_the_words_is_caught_without_hearing_them(
    operations: VerificationOperations, say: Say, fault: Fault
) -> None:
    result = checked(operations, "length", say(fault))
    assert not result["passed"]
    assert (result["wer"], result["similarity"], result["heard"]) == (None, None, None)


@pytest.mark.parametrize("seed", range(6))
def test_every_kind_of_silence_is_caught_without_hearing_it(
    operations: VerificationOperations, say: Say, seed: int
) -> None:
    assert not checked(operations, "length", say(Fault.SILENCE, seed=seed))["passed"]


def test_speech_at_the_speed_that_was_asked_for_is_not_too_slow(operations: VerificationOperations, say: Say) -> None:
    assert checked(operations, "length", say(Fault.HALF_SPEED), speed=0.5)["passed"]


def test_a_take_in_a_voice_unlike_the_recordings_is_refused(operations: VerificationOperations, say: Say) -> None:
    references = {"encoder_dir": str(MODELS / "speaker-encoder"), "reference_paths": [str(say(voice="am_michael"))]}
    other = checked(operations, "full", say(), **references)
    assert names(other) == {"voice"}
    same = checked(operations, "full", say(voice="am_michael"), **references)
    assert same["passed"]
    assert same["similarity"] == pytest.approx(1.0, abs=1e-3)


def test_the_language_may_be_left_to_the_recogniser(operations: VerificationOperations, say: Say) -> None:
    result = checked(operations, "full", say(), language="auto")
    assert result["passed"], result["reasons"]
