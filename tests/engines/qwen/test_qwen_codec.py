"""Streamed sound is the sound of decoding everything at once."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.engines.qwen.codec import CodecDecoder, CodecState

TOLERANCE = 1e-4
SAMPLES_A_FRAME = 1920
FRAMES = 90
"""More than the attention window of 72 frames, so that old keys are dropped."""


@pytest.fixture(scope="module")
def blocking(upstream):
    return upstream("base").tts.model.speech_tokenizer.model.decoder


@pytest.fixture(scope="module")
def codes(blocking):
    generator = torch.Generator().manual_seed(7)
    return torch.randint(blocking.config.codebook_size, (400, 16), generator=generator)


@pytest.fixture(scope="module")
def whole(blocking, codes):
    with torch.inference_mode():
        return blocking(codes.T.unsqueeze(0))[0, 0].numpy()


def stream(decoder, codes, sizes):
    state, pieces, start = CodecState(), [], 0
    for size in sizes:
        pieces.append(decoder.decode(codes[start : start + size], state))
        start += size
    return np.concatenate(pieces)


@given(cuts=st.sets(st.integers(1, FRAMES - 1), max_size=20))
@settings(max_examples=10, deadline=None)
def test_any_partition_sounds_the_same(blocking, codes, whole, cuts):
    edges = [0, *sorted(cuts), FRAMES]
    streamed = stream(CodecDecoder(blocking), codes, np.diff(edges).tolist())
    assert np.abs(streamed - whole[: FRAMES * SAMPLES_A_FRAME]).max() < TOLERANCE


def test_every_frame_is_1920_samples(blocking, codes):
    state = CodecState()
    assert [len(CodecDecoder(blocking).decode(codes[:n], state)) for n in (1, 2, 5)] == [1920, 3840, 9600]


def test_there_is_no_seam_at_300_frames_where_the_library_has_one(blocking, codes, whole):
    streamed = stream(CodecDecoder(blocking), codes, [25] * 16)
    with torch.inference_mode():
        librarys = blocking.chunked_decode(codes.T.unsqueeze(0))[0, 0].numpy()
    assert np.abs(streamed - whole).max() < TOLERANCE
    assert np.abs(librarys - whole).max() > TOLERANCE


@pytest.mark.parametrize("heard", [1, 24, 25, 26, 200])
def test_a_primed_stream_goes_on_as_if_it_had_decoded_the_reference(blocking, codes, whole, heard):
    decoder = CodecDecoder(blocking)
    state = decoder.prime(codes[:heard])
    spoken = decoder.decode(codes[heard : heard + 30], state)
    expected = whole[heard * SAMPLES_A_FRAME : (heard + 30) * SAMPLES_A_FRAME]
    assert np.abs(spoken - expected).max() < TOLERANCE


def test_a_state_survives_being_stored(blocking, codes):
    decoder = CodecDecoder(blocking)
    state = decoder.prime(codes[:100])
    restored = CodecState.from_arrays(state.to_arrays(), torch.device("cpu"))
    assert np.array_equal(decoder.decode(codes[100:110], restored), decoder.decode(codes[100:110], state))


def test_a_stored_state_can_be_gone_on_from_again(blocking, codes):
    decoder = CodecDecoder(blocking)
    stored = decoder.prime(codes[:10]).to_arrays()
    first, other, again = (
        decoder.decode(codes[start : start + 10], CodecState.from_arrays(stored, torch.device("cpu")))
        for start in (10, 50, 10)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
