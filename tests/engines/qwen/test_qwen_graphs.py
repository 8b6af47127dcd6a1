"""Recorded steps: they can be recorded, and speak the codes that plain calls speak.

No graphics card is needed. In its place, steps are recorded by tracing: what is left is the list of tensor operations
that a CUDA graph would hold. It is replayed as a graph is, on the same memory, with every Python number as it was when
it was recorded.
"""

from __future__ import annotations

import logging

import pytest
import torch
from torch.fx.experimental.proxy_tensor import make_fx

from sidecar.engines.base import Sampling
from sidecar.engines.qwen.graphs import record, recorder
from tests.engines.qwen.readers import FRAMES, TEXT, TEXTS, Reader
from tests.engines.qwen.upstream import Upstream


class Tracer:
    """Records steps as lists of operations, in the order of their first use."""

    def __init__(self):
        self.recordings = []

    def record(self, step, *inputs):
        self.recordings.append(Recording(step, inputs))
        return self.recordings[-1]


class Recording:
    """A recorded step. Tracing refuses to ask a tensor for a number, which no graph could hold either."""

    def __init__(self, step, inputs):
        self.replays = 0
        self.inputs = [given.clone() for given in inputs]
        self.traced = make_fx(lambda *given: step(*given))(*self.inputs)
        self.output = self.traced(*self.inputs)

    def __call__(self, *inputs):
        self.replays += 1
        for kept, given in zip(self.inputs, inputs, strict=True):
            kept.copy_(given)
        return self.output.copy_(self.traced(*self.inputs))

    @property
    def steps(self):
        """How many positions it reads at a time."""
        return self.inputs[0].shape[1]


@pytest.fixture(scope="module")
def direct(upstream, prompt):
    return Reader(upstream("endless"), prompt)


@pytest.fixture
def tracer():
    return Tracer()


@pytest.fixture
def recorded(upstream, prompt, tracer):
    return Reader(upstream("endless"), prompt, tracer.record)


def test_greedy_codes_are_the_same_recorded(direct, recorded):
    assert torch.equal(recorded.read(TEXT), direct.read(TEXT))


def test_sampled_codes_are_the_same_recorded(direct, recorded):
    sampled = {"sampling": Sampling(), "seed": 4}
    assert torch.equal(recorded.read(TEXT, **sampled), direct.read(TEXT, **sampled))


def test_a_padded_batch_gives_the_same_codes_recorded(direct, recorded):
    together = recorded.codes(recorded.takes(*TEXTS))
    assert all(torch.equal(row, direct.read(text)) for row, text in zip(together, TEXTS, strict=True))


def test_three_recordings_serve_for_all_frames_of_all_texts(direct, recorded, tracer):
    for text in TEXTS:
        assert torch.equal(recorded.read(text), direct.read(text))
    frames = len(TEXTS) * FRAMES
    predictor_begins, predictor_goes_on, talker = tracer.recordings
    assert (predictor_begins.steps, predictor_begins.replays) == (2, frames)
    assert (predictor_goes_on.steps, predictor_goes_on.replays) == (1, 14 * frames)
    assert (talker.steps, talker.replays) == (1, frames)


def test_a_change_of_the_batchs_size_is_recorded_anew(direct, recorded, tracer):
    recorded.codes(recorded.takes(*TEXTS))
    assert torch.equal(recorded.read(TEXT), direct.read(TEXT))
    assert len(tracer.recordings) == 6


def test_only_cuda_devices_record():
    assert recorder("cuda:1") is record
    assert [recorder(device) for device in ("cpu", "mps", "xpu")] == [None] * 3


@pytest.mark.skipif(torch.cuda.is_available(), reason="recording would succeed")
def test_a_step_that_cannot_be_recorded_is_called_and_the_log_says_why(upstream, prompt, direct, caplog):
    with caplog.at_level(logging.WARNING):
        reader = Reader(upstream("endless"), prompt, record)
        assert torch.equal(reader.read(TEXT), direct.read(TEXT))
    assert "cannot be recorded as a CUDA graph" in caplog.text


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card")
def test_cuda_graphs_speak_the_codes_of_plain_calls(checkpoints, prompt):
    upstream = Upstream(checkpoints["endless"])
    upstream.tts.model.to("cuda")
    called, recorded = (Reader(upstream, prompt, how) for how in (None, record))
    assert torch.equal(recorded.read(TEXT), called.read(TEXT))
