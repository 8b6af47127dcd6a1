from __future__ import annotations

import numpy as np
import pytest
import soxr

from sidecar.audio.samples import Samples
from sidecar.audio.voice_activity import speech_spans, stream_speech_spans

RATE = 24_000


def test_speech_is_found_where_it_is(recording: Samples) -> None:
    [(start, end)] = speech_spans(recording, RATE)
    assert start == pytest.approx(1.0, abs=0.1)
    assert end == pytest.approx(4.0, abs=0.1)


def test_spans_lie_within_the_recording(vowels: Samples) -> None:
    spans = speech_spans(vowels[: 2 * RATE + 17], RATE)
    assert spans[-1][1] <= 2 + 17 / RATE


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.zeros(RATE, np.float32)])
def test_nobody_speaks_in_silence(samples: Samples) -> None:
    assert speech_spans(samples, RATE) == []


@pytest.mark.parametrize("size", [100, 512, 7_777, 1_000_000])
def test_blocks_of_any_size_are_heard_alike(size: int, recording: Samples) -> None:
    heard = soxr.resample(np.tile(recording, 8), RATE, 16_000)
    pieces = [heard[start : start + size] for start in range(0, heard.size, size)]
    spans = list(stream_speech_spans(pieces))
    assert spans == list(stream_speech_spans([heard]))
    assert len(spans) == 8
