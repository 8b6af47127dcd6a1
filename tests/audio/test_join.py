from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.audio.join import Joiner, join
from sidecar.audio.part import NOTHING, Part
from sidecar.audio.samples import Samples

RATE = 24_000
VOICE = 0.5
MARGIN = 0.001


@st.composite
def some_part(draw: st.DrawFn) -> Part:
    """A voice of one value between margins of another, or nothing."""
    lead, voice, tail = (draw(st.integers(least, most)) for least, most in ((0, 900), (1, 2_000), (0, 900)))
    samples = np.r_[np.full(lead, MARGIN), np.full(voice, VOICE), np.full(tail, MARGIN)].astype(np.float32)
    return draw(st.sampled_from([Part(samples, lead, tail)] * 4 + [NOTHING]))


PARTS = st.lists(some_part(), min_size=1, max_size=7)
PAUSES = st.lists(st.floats(0.0, 0.1) | st.just(0.0), max_size=7)
CROSSFADE = st.floats(0.0, 0.05)


def laid_out(parts: list[Part], pauses_s: list[float], crossfade_s: float) -> tuple[Samples, list[int], int]:
    """The definition, all at once: the take, where each part starts, and how much the parts overlap together."""
    crossfade, starts, position, overlaps = round(crossfade_s * RATE), [], 0, 0
    pauses = [round(pause * RATE) for pause in pauses_s] + [0] * len(parts)
    for index, part in enumerate(parts):
        if index:
            overlap = min(crossfade, parts[index - 1].tail, part.lead)
            position += pauses[index - 1] - overlap
            overlaps += overlap
        starts.append(position)
        position += part.samples.size
    take = np.zeros(position + pauses[len(parts) - 1], np.float32)
    for start, part in zip(starts, parts, strict=True):
        take[start : start + part.samples.size] += part.samples
    return take, starts, overlaps


@given(parts=PARTS, pauses=PAUSES, crossfade_s=CROSSFADE)
def test_a_take_is_its_parts_and_pauses_less_what_overlaps_to_the_sample(
    parts: list[Part], pauses: list[float], crossfade_s: float
) -> None:
    joiner = Joiner(RATE, crossfade_s)
    joined = np.concatenate(list(join(parts, pauses, joiner)))
    expected, starts, overlaps = laid_out(parts, pauses, crossfade_s)
    assert np.array_equal(joined, expected)
    assert joined.size == sum(size for _, size in joiner.places) + joiner.paused - joiner.overlapped
    assert (joiner.overlapped, [start for start, _ in joiner.places]) == (overlaps, starts)


@given(parts=PARTS, pauses=PAUSES, crossfade_s=CROSSFADE)
def test_voices_are_never_overlapped(parts: list[Part], pauses: list[float], crossfade_s: float) -> None:
    joined = np.concatenate(list(join(parts, pauses, Joiner(RATE, crossfade_s))))
    spoken = sum(part.samples.size - part.lead - part.tail for part in parts)
    assert np.count_nonzero(joined == VOICE) == spoken
    assert joined.max(initial=0.0) <= VOICE


@given(parts=PARTS, pauses=PAUSES, crossfade_s=CROSSFADE)
def test_a_piece_can_be_made_of_a_part_and_the_one_before_it(
    parts: list[Part], pauses: list[float], crossfade_s: float
) -> None:
    pauses = [*pauses, *[0.0] * len(parts)]
    pieces = []
    for index, part in enumerate(parts):
        joiner = Joiner(RATE, crossfade_s)
        if index:
            joiner.add(parts[index - 1], pauses[index - 1])
        pieces.append(joiner.add(part, pauses[index]))
    pieces.append(joiner.finish())
    whole = np.concatenate(list(join(parts, pauses, Joiner(RATE, crossfade_s))))
    assert np.array_equal(np.concatenate(pieces), whole)


def test_a_pause_is_as_long_as_it_should_be() -> None:
    part = Part(np.ones(100, np.float32), 0, 0)
    joined = np.concatenate(list(join([part, part], [0.25], Joiner(RATE))))
    assert np.flatnonzero(joined == 0.0).tolist() == list(range(100, 6_100))


def test_two_backgrounds_cross() -> None:
    part = Part(np.full(3_000, MARGIN, np.float32), 1_000, 1_000)
    joined = np.concatenate(list(join([part, part], [], Joiner(RATE, 0.02))))
    assert joined.size == 6_000 - 480
    assert np.flatnonzero(joined > 1.5 * MARGIN).tolist() == list(range(2_520, 3_000))


@pytest.mark.parametrize("crossfade_s", [0.0, 0.05])
def test_memory_holds_one_part_at_a_time(crossfade_s: float) -> None:
    part = Part(np.ones(2_400, np.float32), 240, 240)
    joiner = Joiner(RATE, crossfade_s)
    sizes = [piece.size for piece in join((part for _ in range(1_000)), [0.1] * 1_000, joiner)]
    assert len(sizes) == 1_001
    assert max(sizes) <= part.samples.size + 2 * 2_400
