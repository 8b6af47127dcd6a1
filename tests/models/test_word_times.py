"""Word times of a known text against speech that is put together from single words at known places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from sidecar.audio.samples import Samples
from sidecar.audio.soundness import sounding_spans
from sidecar.engines.base import Utterance, Voice
from sidecar.engines.kokoro.adapter import KokoroEngine
from sidecar.engines.worker.control import OperationControl
from sidecar.engines.worker.models import LoadedModels
from sidecar.engines.worker.words_ops import WordOperations
from tests.speech_metrics import MODELS, Quiet

pytestmark = pytest.mark.models

TEXT = "The old keeper of the lighthouse climbed 700 stairs every evening, and never forgot his lantern."
MEDIAN_ERROR_S = 0.1
LEAD_IN_S = 0.5
GAPS_S = {"touching": (0.0, 0.02), "apart": (0.05, 0.15), "with pauses": (0.1, 0.4)}


@dataclass(frozen=True)
class Assembled:
    """A recording, and where each of its words begins and ends, (words, 2), in seconds."""

    path: Path
    times: np.ndarray[Any, np.dtype[np.float64]]


@pytest.fixture(scope="module")
def words_alone() -> Iterator[list[Samples]]:
    """Every word of the text spoken by itself, without the silence round it."""
    engine = KokoroEngine(MODELS / "kokoro-82m", "cpu")
    prompt = engine.prepare(Voice("preset", "am_michael"), Quiet())
    spoken = []
    for word in TEXT.split():
        take = np.concatenate(list(engine.speak(prompt, Utterance(word.strip(",.") + ".", "en", 0), Quiet())))
        spans = sounding_spans(take, engine.sample_rate)
        first, last = (round(time * engine.sample_rate) for time in (spans[0][0], spans[-1][1]))
        spoken.append(take[first:last])
    yield spoken
    engine.close()


@pytest.fixture(params=GAPS_S)
def assembled(request: pytest.FixtureRequest, words_alone: list[Samples], tmp_path: Path) -> Assembled:
    rate = KokoroEngine.sample_rate
    gaps = np.random.default_rng(4).uniform(*GAPS_S[request.param], len(words_alone))
    parts, times, now = [np.zeros(round(LEAD_IN_S * rate), np.float32)], [], LEAD_IN_S
    for word, gap in zip(words_alone, gaps, strict=True):
        silence = np.zeros(round(gap * rate), np.float32)
        times.append((now, now + word.size / rate))
        now += (word.size + silence.size) / rate
        parts += [word, silence]
    path = tmp_path / "assembled.wav"
    soundfile.write(path, np.concatenate(parts), rate, subtype="FLOAT")
    return Assembled(path, np.array(times))


def test_words_are_found_where_they_were_put(assembled: Assembled) -> None:
    params = {"path": str(assembled.path), "text": TEXT, "language": "en", "device": "cpu"}
    params |= {"whisper": "whisper-base", "whisper_dir": str(MODELS / "whisper-base"), "whisper_bytes": {"cpu": 0}}
    operations = WordOperations(LoadedModels())
    words = operations.align(params, OperationControl(lambda progress: None))["words"]
    assert [word["word"] for word in words] == TEXT.split()
    found = np.array([(word["start_s"], word["end_s"]) for word in words])
    starts, ends = np.median(np.abs(found - assembled.times), axis=0)
    assert starts < MEDIAN_ERROR_S
    assert ends < MEDIAN_ERROR_S
    assert np.all(np.diff(found.ravel()) >= 0)
