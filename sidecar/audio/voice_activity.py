"""Where somebody speaks: the Silero VAD (v6, ONNX, MIT) that comes inside the faster-whisper package.

The model hears 16 kHz mono in frames of 512 samples, each with the 64 samples before it, and carries a recurrent
state from frame to frame, so that recordings of any length are heard in blocks at constant memory.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnxruntime
import soxr

from sidecar.audio.samples import Samples, Span, regroup

Model: TypeAlias = onnxruntime.InferenceSession
SAMPLE_RATE = 16_000
FRAME = 512
FRAME_S = FRAME / SAMPLE_RATE
_CONTEXT = 64
_STATE_SHAPE = (1, 1, 128)
_BLOCK_FRAMES = 1_000

ENTER_PROBABILITY = 0.5
"""Speech begins at this probability and ends under the next one: Silero's own defaults."""
LEAVE_PROBABILITY = 0.35
MIN_SILENCE_S = 0.1
"""Silero's `min_silence_duration_ms`: a shorter gap is a stop consonant, not a pause."""
MIN_SPEECH_S = 0.1


def speech_spans(samples: Samples, sample_rate: int, model: Model | None = None) -> list[Span]:
    """The spans in which somebody speaks, in order, not touching, within the recording.

    The model is opened if none is given, which takes as long as hearing ten seconds.
    """
    heard = samples if sample_rate == SAMPLE_RATE else soxr.resample(samples, sample_rate, SAMPLE_RATE)
    duration_s = samples.size / sample_rate
    return [(start, min(end, duration_s)) for start, end in stream_speech_spans([heard], model)]


def stream_speech_spans(blocks: Iterable[Samples], model: Model | None = None) -> Iterator[Span]:
    """The same for a recording that comes as mono blocks at 16 kHz, whatever their sizes; spans come as they end.

    Times are whole frames of 32 ms, so the last span may pass the recording's end by less than one.
    """
    return _spans(_probabilities(blocks, model or open_model()))


def open_model() -> Model:
    """The model, for whoever hears many recordings."""
    # Found, not imported: faster_whisper would bring CTranslate2 and the hub client along.
    package = importlib.util.find_spec("faster_whisper")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("faster_whisper is not installed, and with it the voice activity model.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    path = Path(package.origin).parent / "assets" / "silero_vad_v6.onnx"
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _probabilities(blocks: Iterable[Samples], model: Model) -> Iterator[float]:
    state = {"h": np.zeros(_STATE_SHAPE, np.float32), "c": np.zeros(_STATE_SHAPE, np.float32)}
    before = np.zeros(_CONTEXT, np.float32)
    for block in regroup(blocks, FRAME * _BLOCK_FRAMES):
        padded = np.concatenate([before, block, np.zeros(-block.size % FRAME, np.float32)])
        frames = np.lib.stride_tricks.sliding_window_view(padded, _CONTEXT + FRAME)[::FRAME]
        probabilities, state["h"], state["c"] = model.run(None, {"input": np.ascontiguousarray(frames), **state})
        before = padded[-_CONTEXT:]
        yield from probabilities.ravel().tolist()


def _spans(probabilities: Iterable[float]) -> Iterator[Span]:
    start: int | None = None
    end = 0
    for index, probability in enumerate(probabilities):
        if probability >= (ENTER_PROBABILITY if start is None else LEAVE_PROBABILITY):
            start = index if start is None else start
            end = index + 1
        elif start is not None and (index - end) * FRAME_S >= MIN_SILENCE_S:
            yield from _long_enough(start, end)
            start = None
    if start is not None:
        yield from _long_enough(start, end)


def _long_enough(start: int, end: int) -> Iterator[Span]:
    if (end - start) * FRAME_S >= MIN_SPEECH_S:
        yield start * FRAME_S, end * FRAME_S
