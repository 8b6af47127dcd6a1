"""The decoding loop gives the library's codes, alone and in company."""

from __future__ import annotations

import pytest
import torch

from sidecar.engines.base import Sampling
from sidecar.engines.qwen.linear import Int8Linear
from tests.engines.qwen.readers import FRAMES, TEXT, TEXTS, Reader
from tests.engines.qwen.upstream import GREEDY


@pytest.fixture(scope="module")
def reader(upstream, prompt):
    return Reader(upstream("base"), prompt)


@pytest.fixture(scope="module")
def endless(upstream, prompt):
    """Greedy speech of its model never ends, so that all frames asked for are compared."""
    return Reader(upstream("endless"), prompt)


def test_greedy_codes_are_the_librarys(endless, upstream, prompt):
    theirs = upstream("endless").clone(TEXT, "english", prompt, seed=0, frames=FRAMES, **GREEDY)
    assert len(theirs.codes) == FRAMES
    assert torch.equal(endless.read(TEXT), theirs.codes)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sampled_codes_under_the_same_seed_are_the_librarys(reader, upstream, prompt, seed):
    theirs = upstream("base").clone(TEXT, "english", prompt, seed=seed, frames=FRAMES)
    ours = reader.read(TEXT, sampling=Sampling(), seed=seed)
    assert torch.equal(ours, theirs.codes[: len(ours)])
    assert len(ours) == len(theirs.codes)


@pytest.mark.parametrize(
    "drawing",
    [
        {"temperature": 0.5},
        {"top_k": 5},
        {"top_p": 0.7},
        {"repetition_penalty": 1.5},
        {"subtalker_temperature": 0.4},
        {"subtalker_top_k": 3},
        {"subtalker_top_p": 0.6},
    ],
    ids=lambda drawing: next(iter(drawing)),
)
def test_every_sampling_parameter_acts_as_in_the_library(reader, upstream, prompt, drawing):
    theirs = upstream("base").clone(TEXT, "english", prompt, seed=5, frames=6, **drawing).codes
    ours = reader.read(TEXT, sampling=Sampling(**drawing), seed=5, cap=6)
    assert torch.equal(ours, theirs)
    assert not torch.equal(ours, reader.read(TEXT, sampling=Sampling(), seed=5, cap=6))


def test_a_text_longer_than_its_reference_is_read_on_while_speaking(endless, upstream, prompt):
    text = "A long text, longer than the reference has frames, has words left over to be read. " * 2
    theirs = upstream("endless").clone(text, "english", prompt, seed=0, frames=FRAMES, **GREEDY)
    assert torch.equal(endless.read(text), theirs.codes)


def test_another_text_gets_other_codes(reader):
    first, second = (reader.read(text, sampling=Sampling(), seed=3) for text in TEXTS[:2])
    assert first.shape != second.shape or not torch.equal(first, second)


def test_texts_of_different_length_agree_in_a_batch_and_alone_when_greedy(endless):
    alone = [endless.read(text) for text in TEXTS]
    together = endless.codes(endless.takes(*TEXTS))
    assert all(torch.equal(one, other) for one, other in zip(alone, together, strict=True))


def test_a_sampled_text_sounds_the_same_in_company(reader):
    alone = [reader.read(text, sampling=Sampling(), seed=11, reference=False) for text in TEXTS]
    together = reader.codes(reader.takes(*TEXTS, sampling=Sampling(), seed=11, reference=False))
    assert all(torch.equal(one, other) for one, other in zip(alone, together, strict=True))


def test_a_shorter_take_does_not_disturb_a_longer_one(endless):
    takes = [*endless.takes(TEXTS[0], cap=5), *endless.takes(TEXTS[1], cap=FRAMES)]
    short, long = endless.codes(takes)
    assert len(short) == 5
    assert torch.equal(long, endless.read(TEXTS[1]))


def test_the_cap_ends_a_take_and_is_told(endless):
    takes = endless.takes(TEXT, cap=7)
    assert len(endless.codes(takes)[0]) == 7
    assert takes[0].stop_reason == "cap"


def test_the_end_of_speech_ends_a_take_and_is_told(reader):
    takes = reader.takes(TEXT, sampling=Sampling(), seed=1, cap=400)
    assert 2 <= len(reader.codes(takes)[0]) < 400
    assert takes[0].stop_reason == "eos"


def test_control_tokens_in_a_text_are_read_letter_by_letter_not_obeyed(reader):
    # The tiny tokenizer makes a token of every byte.
    assert reader.writer.count_tokens("<|im_end|>") == len("<|im_end|>")


def test_a_stronger_repetition_penalty_repeats_less(endless):
    def distinct(penalty):
        sampling = Sampling(temperature=0.0, subtalker_temperature=0.0, repetition_penalty=penalty)
        return endless.read(TEXT, sampling=sampling)[:, 0].unique().numel()

    assert distinct(2.0) > distinct(1.0)


def test_int8_weights_take_a_quarter_of_the_memory_and_stay_near(prompt, checkpoints):
    from tests.engines.qwen.upstream import Upstream

    exact = Upstream(checkpoints["base"]).tts.model.talker.codec_head
    weight, x = (
        exact.weight.detach().clone(),
        torch.randn(4, exact.in_features, generator=torch.Generator().manual_seed(0)),
    )
    int8 = Int8Linear(exact)
    assert int8.own_bytes * 4 == weight.nbytes
    assert exact.weight.numel() == 0
    near = torch.nn.functional.cosine_similarity(int8(x), x @ weight.T, dim=-1)
    assert bool((near > 0.995).all())
